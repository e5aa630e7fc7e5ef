#!/bin/sh
# Make the database on the first start, then become the server. It reads the variables that the well-known image reads.
set -eu

# A volume arrives owned by root; the server refuses to run as root. So: hand the folder over, and come back as postgres.
if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres:postgres "$PGDATA"
    chmod 0700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "postgres: set POSTGRES_PASSWORD: a database without a password is not made" >&2
        exit 1
    fi
    user=${POSTGRES_USER:-postgres}
    database=${POSTGRES_DB:-$user}
    secret=$(mktemp)
    trap 'rm -f "$secret"' EXIT
    printf '%s\n' "$POSTGRES_PASSWORD" > "$secret"
    initdb --username="$user" --pwfile="$secret" --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    if [ "$database" != postgres ]; then
        # The single-user server speaks SQL on stdin: nobody can connect before the database is complete.
        printf 'CREATE DATABASE "%s"\n' "$database" | postgres --single -j -D "$PGDATA" postgres > /dev/null
    fi
    rm -f "$secret"
    trap - EXIT
fi

exec "$@"
