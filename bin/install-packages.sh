#!/bin/sh
# Install Debian packages (as root) and start none of their services.
set -eu

policy=/usr/sbin/policy-rc.d
choice=/etc/postgresql-common/createcluster.d/yikatong.conf
made_policy=

put_back() {
    if [ -n "$made_policy" ]; then rm -f "$policy"; fi
    rm -f "$choice"
}
trap put_back EXIT
trap 'exit 1' HUP INT TERM

if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made_policy=yes
fi
# Debian would make a cluster on port 5432.
mkdir -p "${choice%/*}"
echo 'create_main_cluster = false' >"$choice"

export DEBIAN_FRONTEND=noninteractive
apt-get -o DPkg::Lock::Timeout=300 update -q
apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends "$@"
