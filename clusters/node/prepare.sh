#!/bin/sh
# Runs once, with the root file system of the node as `/` and process and mount namespaces of its own, which end with it.
# Nothing of it stays but what it writes. $1 is an archive of images in `docker save` format.
set -eu

# A container has no hardware to look after, no terminals to log in at, and nobody to update packages for.
systemctl set-default --quiet multi-user.target
rm -f /etc/systemd/system/*.wants/* /lib/systemd/system/multi-user.target.wants/* /lib/systemd/system/local-fs.target.wants/* \
    /lib/systemd/system/basic.target.wants/* /lib/systemd/system/timers.target.wants/* \
    /lib/systemd/system/sockets.target.wants/*udev* /lib/systemd/system/sockets.target.wants/*initctl* \
    /lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service
systemctl enable --quiet kubelet containerd

for name in kubeadm kubelet kubectl; do ln -sf /usr/local/bin/kube "/usr/bin/$name"; done
mkdir -p /etc/cni/net.d /etc/kubernetes/manifests

# Put the images into containerd's storage, unpacked, and drop the archive's layers: nobody reads them again.
containerd --config /dev/null > /tmp/containerd.log 2>&1 &
timeout 30 sh -c 'until ctr version > /dev/null 2>&1; do sleep 0.1; done' || { cat /tmp/containerd.log; exit 1; }
ctr --namespace k8s.io images import --local --discard-unpacked-layers "$1"
ctr --namespace k8s.io content prune references
pause=$(ctr --namespace k8s.io images list --quiet | grep /pause:)
sed -i "s#PAUSE_IMAGE#$pause#" /etc/containerd/config.toml
ctr oci spec | jq 'del(.process.rlimits)' > /etc/containerd/cri-base.json
kill $!
wait $! || true

# The node and its pods run the same file, once on the disk.
ln -f /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs/usr/local/bin/kube /usr/local/bin/kube
rm -rf "$1" /tmp/* /run/* /var/cache/apt/* /var/lib/apt/lists/* /var/log/*.log
