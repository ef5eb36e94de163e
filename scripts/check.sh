#!/usr/bin/env bash
# All that CI checks besides the tests. Every step runs, so that one run tells all that is wrong.
# usage: scripts/check.sh [STEP…]     (no step: all of them)
set -uo pipefail
# shellcheck source=lib/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
cd "$repo" || exit 1
export CRM_AI_CACHE="$cache"
export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

check_format() { cargo fmt --all -- --check; }

check_lints() { cargo clippy --quiet --locked --workspace --all-targets -- -D warnings; }

check_web() { scripts/console.sh check; }

check_docs() { RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps; }

check_scripts() {
  local script
  for script in .ci/run scripts/*.sh scripts/lib/*.sh; do bash -n "$script" || return 1; done
  # Variables of the files in lib/ are used by the others.
  if has shellcheck; then
    shellcheck -x -P SCRIPTDIR -s bash -e SC2012,SC2034,SC2154 .ci/run scripts/*.sh scripts/lib/*.sh
  fi
}

check_licences() {
  # The list of what is used covers other systems' crates too; what is fetched already is not fetched again.
  cargo fetch --quiet --locked || return 1
  cargo deny --offline --locked --log-level error check bans licenses sources
}

# The database of advisories is elsewhere; without it the check says so, and the others stand.
check_advisories() {
  local said
  if said="$(cargo deny --locked --log-level error check advisories 2>&1)"; then return 0; fi
  if grep -qiE 'failed to fetch|unable to fetch|failed to acquire|could not resolve|connect' <<<"$said"; then
    echo "SKIPPED: the advisory database cannot be reached from here; known vulnerabilities were NOT looked up"
    return 0
  fi
  printf '%s\n' "$said"
  return 1
}

check_dependencies() { cargo machete --with-metadata; }

check_openapi() {
  cargo run --quiet --locked --package crm-api -- openapi >target/openapi.json || return 1
  cmp -s target/openapi.json docs/openapi.json || {
    echo "docs/openapi.json is out of date: cargo run -p crm-api -- openapi >docs/openapi.json"
    return 1
  }
}

check_snapshots() {
  local pending
  pending="$(find . -name '*.snap.new' -not -path './target/*')"
  [ -z "$pending" ] || {
    printf 'snapshots wait for review (cargo insta review):\n%s\n' "$pending"
    return 1
  }
}

check_secrets() { scripts/scan.sh; }

check_demo() {
  cargo build --quiet --locked --package crm-api && python3 scripts/smoke.py "${CARGO_TARGET_DIR:-target}/debug/crm-ai"
}

check_fuzz() { cargo build --quiet --locked --package crm-api && scripts/fuzz_api.sh; }

check_eval() { make --no-print-directory eval; }

# Tests and generators must leave no trace. On a developer's machine work in progress is no fault.
check_clean() {
  [ -n "${CI:-}" ] || return 0
  local changed
  changed="$(git status --porcelain)"
  [ -z "$changed" ] || {
    printf 'the checks changed the tree:\n%s\n' "$changed"
    return 1
  }
}

steps="${*:-format scripts secrets lints web docs licences advisories dependencies openapi snapshots demo fuzz eval clean}"
failed=""
mkdir -p target
for step in $steps; do
  begun=$SECONDS
  printf 'check: %s\n' "$step"
  if "check_$step"; then
    printf 'check: %s ok (%s s)\n' "$step" "$((SECONDS - begun))"
  else
    failed="$failed $step"
    printf 'check: %s FAILED (%s s)\n' "$step" "$((SECONDS - begun))"
  fi
done
[ -z "$failed" ] || {
  printf 'check: failed:%s\n' "$failed"
  exit 1
}
printf 'check: all passed\n'
