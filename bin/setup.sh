# The set-up that bin/run, bin/test and bin/check share; sourced, not run. POSIX sh.
#
#   setup_environment run|test   Debian packages, .venv, hash-locked libraries
#   setup_database               private PostgreSQL, demo database, migrations
#
# All talk goes to standard error. A second call takes a second.

PYTHON=.venv/bin/python
# Each service and each test process would compile every module again.
unset PYTHONDONTWRITEBYTECODE

say() {
    printf '%s\n' "$*" >&2
}

stop_with() {
    say "$@"
    exit 2
}

setup_environment() {
    purpose=$1
    mkdir -p -m 700 var  # personal data are written here
    # Two commands at once: the second waits. Closed before anything that stays is started.
    exec 9>var/setup.lock
    if command -v flock >/dev/null; then flock 9; fi
    if [ "$(cat ".venv/stamp-$purpose" 2>/dev/null)" != "$(lock_digest)" ]; then
        install_packages "$purpose"
        make_environment
        install_libraries "$purpose"
        lock_digest >".venv/stamp-$purpose"
    fi
    exec 9>&-
}

setup_database() {
    if [ -z "${DATABASE_URL:-}" ]; then
        # Its mark 演示 is made with the database and never changes.
        $PYTHON -m backend.cluster create-database yikatong --demo >&2
    fi
    $PYTHON manage.py migrate --database owner --no-input --verbosity 0 >&2
}

lock_digest() {
    # With the interpreter: a .venv of another place or version is looked at again.
    cat bin/setup.sh requirements-build.txt requirements.txt requirements-dev.txt | sha256sum
    $PYTHON -c 'import sys; print(sys.version, sys.prefix)' 2>/dev/null || :
}

# Packages of the operating system.

find_python() {
    for candidate in python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
}

missing_packages() {
    interpreter=$(find_python)
    if [ -z "$interpreter" ]; then
        printf 'python3 python3-venv python3-dev '
    else
        "$interpreter" -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv '
        "$interpreter" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
            printf 'python3-dev '
    fi
    command -v gcc >/dev/null || printf 'gcc '
    [ -e /usr/include/stdio.h ] || printf 'libc6-dev '
    [ -e /usr/include/PCSC/winscard.h ] || printf 'libpcsclite-dev '
    [ -e /usr/share/zoneinfo/Asia/Shanghai ] || printf 'tzdata '
    # Papers are printed in these (backend/papers/fonts.py); the second has the rare names.
    fonts=/usr/share/fonts/truetype
    [ -e "$fonts/wqy/wqy-microhei.ttc" ] || printf 'fonts-wqy-microhei '
    [ -e "$fonts/hanazono/HanaMinB.ttf" ] || printf 'fonts-hanazono '
    has_postgresql || printf 'postgresql '
    # The tests of faults also run on this broker.
    [ "$1" = run ] || command -v redis-server >/dev/null || printf 'redis-server '
}

has_postgresql() {
    for programs in /usr/lib/postgresql/*/bin; do
        version=${programs%/bin}
        version=${version##*/}
        if [ -x "$programs/initdb" ] && [ "$version" -ge 15 ] &&
            [ -e "/usr/share/postgresql/$version/extension/btree_gist.control" ]; then
            return 0
        fi
    done
    return 1
}

install_packages() {
    wanted=$(missing_packages "$1")
    [ -n "$wanted" ] || return 0
    line="apt-get update && apt-get install -y --no-install-recommends $wanted"
    if ! command -v apt-get >/dev/null; then
        stop_with "缺少系统软件包：$wanted（本项目在 Debian 12 上试过）"
    fi
    # One line to type, for who may become root with a password: it is never asked for here.
    if [ "$(id -u)" = 0 ]; then
        become='' typed=$line
    elif command -v sudo >/dev/null; then
        become='sudo -n' typed="sudo sh -c '$line'"
    else
        become=none typed="su -c '$line'"
    fi
    if [ "$become" = none ] || { [ -n "$become" ] && ! $become true 2>/dev/null; }; then
        stop_with "缺少系统软件包，请执行下面一行，然后重新运行本命令：
$typed"
    fi
    say "正在安装系统软件包：$wanted"
    # shellcheck disable=SC2086
    $become sh -eu bin/install-packages.sh $wanted >&2 ||
        stop_with "系统软件包没有装好，请手工执行下面一行，然后重新运行本命令：
$typed"
    wanted=$(missing_packages "$1")
    [ -z "$wanted" ] || stop_with "安装后仍然缺少：$wanted（需要 Python 3.11+ 和 PostgreSQL 15+）"
}

# The virtual environment.

make_environment() {
    # A .venv that was moved or copied here has scripts that start another one.
    if [ "$(cat .venv/made-at 2>/dev/null)" = "$(pwd -P)" ] &&
        $PYTHON -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        return 0
    fi
    say "正在建立 .venv"
    "$(find_python)" -m venv --clear .venv
    pwd -P >.venv/made-at
}

install_libraries() {
    say "正在安装 Python 库（首次约一分钟）"
    wanted_by=$1
    set -- $PYTHON -m pip --disable-pip-version-check --no-input install -qq --require-hashes
    # pyscard is built here: its build tools (swig on the PATH) are pinned too, not fetched.
    PATH=$PWD/.venv/bin:$PATH
    "$@" -r requirements-build.txt >&2
    if [ "$wanted_by" = test ]; then
        "$@" --no-build-isolation -r requirements.txt -r requirements-dev.txt >&2
    else
        "$@" --no-build-isolation -r requirements.txt >&2
    fi
}
