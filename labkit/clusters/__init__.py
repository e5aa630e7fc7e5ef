"""labkit's own cluster: a real Kubernetes on this machine, made by kind.

config, containers, kind, kubectl (what it is made of, and by) -> health, proof, load (looking, proving, filling) -> journal, life (up,
stop, down, and what puts a killed run right) -> machine (the parts put together for this host).
"""

from labkit.clusters.cluster import Cluster, Status
from labkit.clusters.life import Life
from labkit.clusters.machine import NAME, cluster_folder, status_here, the_cluster

__all__ = ["NAME", "Cluster", "Life", "Status", "cluster_folder", "status_here", "the_cluster"]
