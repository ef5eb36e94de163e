#!/usr/bin/env bash
# Asks a served demo everything that its OpenAPI document allows, and much that it forbids: no answer may be a 5xx, and
# each must be as the document says. The seed is fixed, so that two runs ask the same.
# usage: scripts/fuzz_api.sh [PROGRAM] [quick|deep]     (default: the debug build, quick)
set -euo pipefail
# shellcheck source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd "$repo"

program="${1:-${CARGO_TARGET_DIR:-target}/debug/crm-ai}"
depth="${2:-quick}"
wanted="$scripts/requirements-fuzz.txt"
python="$cache/fuzz/$(sha256_of "$wanted" | cut -c1-16)"

[ -x "$program" ] || die "$program is not there: cargo build --package crm-api"
if [ ! -x "$python/bin/st" ]; then
  say "fetching schemathesis into $python"
  rm -rf "$python"
  python3 -m venv "$python"
  # The program comes last: without it an interrupted set-up is done again.
  "$python/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: -r "$wanted" || {
    rm -rf "$python"
    die "could not fetch the pinned Python packages; with a network, run this again"
  }
fi
exec python3 "$scripts/fuzz_api.py" "$program" "$python/bin/st" "$depth"
