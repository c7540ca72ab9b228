# The set-up that bin/run, bin/test and bin/check share; sourced, not run. POSIX sh.
#
#   setup_environment run|test   Debian packages, .venv, hash-locked libraries
#   setup_web run|test           the web app, built when its sources changed; its tools for tests
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
    # The tests of the web app run in this browser.
    [ "$1" = run ] || command -v chromium >/dev/null || printf 'chromium '
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

# The web app.

setup_web() {
    built=${YIKATONG_VAR:-var}/web
    mkdir -p -m 700 "${built%/*}"
    exec 9>var/setup.lock
    if command -v flock >/dev/null; then flock 9; fi
    sources=$(web_digest)
    # Nothing changed: no Node is looked for and no registry is asked.
    if [ "$1" = test ] || [ "$(cat "$built.stamp" 2>/dev/null)" != "$sources" ]; then
        find_node
        install_web_tools
        if [ "$(cat "$built.stamp" 2>/dev/null)" != "$sources" ]; then
            say "正在编译网页"
            rm -f "$built.stamp"
            WEB_BUILT=$(cd "${built%/*}" && pwd)/web npm --prefix terminals/web run --silent build >&2
            $PYTHON -m whitenoise.compress --quiet "$built" >&2
            printf '%s\n' "$sources" >"$built.stamp"
        fi
    fi
    exec 9>&-
}

web_digest() {
    find terminals/web -name node_modules -prune -o -type f -print | LC_ALL=C sort |
        xargs sha256sum | sha256sum
}

find_node() {
    # That of the machine if it will do; npm before 11 leaves out what the build needs.
    if node -e 'const [major, minor] = process.versions.node.split(".").map(Number)
process.exit(major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19) ? 0 : 1)' \
        2>/dev/null && npm --version 2>/dev/null | grep -q '^1[1-9]\.'; then
        return 0
    fi
    wanted=$(sha256sum <requirements-web.txt)
    if [ "$(cat .venv/stamp-node 2>/dev/null)" != "$wanted" ]; then
        say "正在安装 Node.js（在 .venv 里）"
        $PYTHON -m pip --disable-pip-version-check --no-input install -qq --require-hashes \
            -r requirements-web.txt >&2
        printf '%s\n' "$wanted" >.venv/stamp-node
    fi
    PATH=$PWD/.venv/bin:$PATH
}

install_web_tools() {
    wanted=$(cat terminals/web/package-lock.json terminals/web/.npmrc | sha256sum; node --version)
    if [ "$(cat terminals/web/node_modules/.stamp 2>/dev/null)" != "$wanted" ]; then
        say "正在安装网页的库"
        npm --prefix terminals/web ci --silent >&2
        printf '%s\n' "$wanted" >terminals/web/node_modules/.stamp
    fi
}
