#!/usr/bin/env bash
# Builds the console into web/console/dist when its sources have changed since the last time.
# usage: scripts/console.sh [test|check|format]
#   test   instead: the tests that need no browser   check   types and lints   format   writes the code in shape
set -euo pipefail
# shellcheck source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
console="$repo/web/console"
cd "$console"

# Everything that goes into a build, by content; what was made here stays out.
sources_sum() {
  {
    node --version
    find . \( -name node_modules -o -name dist -o -name test -o -name story \) -prune -o -type f ! -name '*.gen.d.ts' -print | LC_ALL=C sort |
      while IFS= read -r file; do sha256_tool "$file"; done
  } | sha256_tool | cut -d' ' -f1
}

# The packages of the lock file, in the versions and with the checksums that it says.
install_packages() {
  local wanted
  wanted="$(sha256_of package-lock.json)"
  [ "$(cat node_modules/.crm-ai-lock 2>/dev/null)" != "$wanted" ] || return 0
  say "fetching the console's packages (npm ci)"
  npm ci --prefer-offline --no-audit --no-fund --loglevel=error || die "npm ci failed in web/console; with a network, run this again"
  printf '%s\n' "$wanted" >node_modules/.crm-ai-lock
}

case "${1:-build}" in
  build)
    sum="$(sources_sum)"
    # The stamp lies beside the files of the build: without them there is none.
    [ "$(cat dist/.sources 2>/dev/null)" != "$sum" ] || exit 0
    install_packages
    say "building the console"
    # Cut off in the middle, a build leaves no stamp and is made again.
    npm run --silent build || die "the console could not be built"
    printf '%s\n' "$sum" >dist/.sources
    ;;
  test | check | format)
    install_packages
    npm run --silent "$1"
    ;;
  *) die "unknown part $1; usage: scripts/console.sh [test|check|format]" ;;
esac
