# The tools that the machine must have. A missing one is named, with the command that installs it.

node_major=20
nextest_version=0.9.143
deny_version=0.20.2
machete_version=0.9.2

install_hint() { # Debian package, Homebrew package
  if has apt-get; then
    if is_root; then echo "apt-get install -y $1"; else echo "sudo apt-get install -y $1"; fi
  elif has brew; then
    echo "brew install $2"
  else
    echo "install the package $1 of your system"
  fi
}

# Debian's and Ubuntu's own Node.js may be older than what is needed.
node_hint() {
  if has apt-get; then
    local sudo="sudo "
    is_root && sudo=""
    echo "curl -fsSL https://deb.nodesource.com/setup_22.x | ${sudo}bash - && ${sudo}apt-get install -y nodejs"
  else
    install_hint nodejs node
  fi
}

missing() {
  say "$1 is missing; install it with: $2"
  tools_missing=1
}

# Every missing tool is named in one go, so that nobody runs this five times.
check_tools() {
  tools_missing=0
  if ! has cargo || ! has rustc; then
    if has rustup; then
      missing "the Rust toolchain" "rustup toolchain install $(sed -n 's/^channel = "\(.*\)"/\1/p' "$repo/rust-toolchain.toml")"
    else
      missing "the Rust toolchain" "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
    fi
  fi
  has cc || missing "a C compiler (cc)" "$(install_hint build-essential gcc)"
  has make || missing "make" "$(install_hint make make)"
  has python3 || missing "Python 3" "$(install_hint 'python3 python3-venv' python@3.13)"
  if ! has node || ! has npm; then
    missing "Node.js ($node_major or later, with npm)" "$(node_hint)"
  else
    local found
    found="$(node --version | sed 's/^v\([0-9]*\).*/\1/')"
    [ "$found" -ge "$node_major" ] ||
      missing "Node.js $node_major or later (found $(node --version))" "$(node_hint)"
  fi
  [ "$tools_missing" = 0 ] || exit 1
}

# cargo_tool CRATE VERSION: installs a cargo subcommand from source when it is missing. Unoptimised, because it is
# quick enough at its work and takes a fraction of the time to build.
cargo_tool() {
  has "$1" && return 0
  [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/$1" ] && return 0
  say "building $1 $2 (once, a minute or two)"
  # Away from the project's folder, whose toolchain and settings are not the tool's.
  (cd "${TMPDIR:-/tmp}" && CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --locked --debug "$1" --version "$2") ||
    die "could not install $1; try: cargo install --locked $1 --version $2"
}
