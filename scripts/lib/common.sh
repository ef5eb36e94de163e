# Shared by the scripts: words, checksums, the cache folder and its lock. Works with bash 3.2 (macOS).

repo="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
scripts="$repo/scripts"
cache="${CRM_AI_CACHE:-${HOME:?HOME is not set: set it, or CRM_AI_CACHE}/.cache/crm-ai}"
case "$cache" in /*) ;; *) cache="$PWD/$cache" ;; esac

say() { printf 'setup: %s\n' "$*" >&2; }
die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# linux-x86_64, linux-aarch64, darwin-arm64 or darwin-x86_64
platform() {
  local machine
  machine="$(uname -m)"
  [ "$machine" = amd64 ] && machine=x86_64
  [ "$(uname -s)" = Linux ] && [ "$machine" = arm64 ] && machine=aarch64
  printf '%s-%s\n' "$(uname -s | tr '[:upper:]' '[:lower:]')" "$machine"
}

sha256_tool() { if has sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
sha256_of() { sha256_tool "$1" | cut -d' ' -f1; }

# Writes DIR/SHA256SUMS over everything in DIR, itself last and in one step: a folder without it is not done.
write_manifest() {
  local dir="$1"
  (
    cd "$dir" || exit 1
    find . -type f ! -name SHA256SUMS ! -name '.*' | sed 's|^\./||' | LC_ALL=C sort | while IFS= read -r file; do
      sha256_tool "$file"
    done >.SHA256SUMS.new && [ -s .SHA256SUMS.new ] && mv .SHA256SUMS.new SHA256SUMS
  ) || die "cannot write $dir/SHA256SUMS"
}

# Whether every file named in DIR/SHA256SUMS is there and whole.
manifest_holds() { [ -s "$1/SHA256SUMS" ] && (cd "$1" && sha256_tool -c SHA256SUMS >/dev/null 2>&1); }

# Names and removes what does not match, so that it is made again.
drop_damaged() {
  local dir="$1" sum file
  [ -f "$dir/SHA256SUMS" ] || return 0
  while read -r sum file; do
    if [ -f "$dir/$file" ] && [ "$(sha256_of "$dir/$file")" != "$sum" ]; then
      say "$dir/$file does not match its checksum: removed, it will be made again"
      rm -f "$dir/$file"
    elif [ ! -f "$dir/$file" ]; then
      say "$dir/$file is missing: it will be made again"
    fi
  done <"$dir/SHA256SUMS"
  rm -f "$dir/SHA256SUMS"
}

# Runs this script again while holding the cache's lock, so that two set-ups at once take turns.
# The lock belongs to the process: it is free again however the process ends.
take_lock() {
  [ "${CRM_AI_SETUP_LOCKED:-}" = "$cache" ] && return 0
  mkdir -p "$cache" || die "cannot make $cache: set CRM_AI_CACHE to a folder that you may write"
  CRM_AI_SETUP_LOCKED="$cache" exec python3 - "$cache/.lock" "$@" <<'PY'
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o644)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("setup: another set-up is at work on this cache: waiting for it", file=sys.stderr, flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
os.execvp(sys.argv[2], sys.argv[2:])
PY
}

# A scratch folder inside the cache (the same file system, so that a rename is one step), removed at the end.
# Leftovers of a killed set-up go first: whoever holds the lock is the only one at work.
make_scratch() {
  rm -rf "$cache"/.scratch.*
  scratch="$(mktemp -d "$cache/.scratch.XXXXXX")" || die "cannot write to $cache"
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
