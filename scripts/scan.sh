#!/usr/bin/env bash
# Refuses secrets and paths of somebody's machine in tracked files.
# The patterns have brackets in them so that they do not find themselves.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

found=0
# /home/ada is the home of the person in the tests.
refuse() { # what it is, the pattern
  local hits
  hits="$(git grep --untracked -nIE -e "$2" -- . ':!*.lock' | grep -v /home/ada/)" || return 0
  printf '%s:\n%s\n' "$1" "$(cut -c1-200 <<<"$hits")"
  found=1
}

refuse "a private key" '-----BEGIN [A-Z ]*PRIVATE KE[Y]-----'
refuse "a key of a model provider" '\bs[k]-(proj-|ant-)?[A-Za-z0-9_]{24,}'
refuse "a key of a cloud" '\bAKI[A][0-9A-Z]{16}\b|\bAIz[a][0-9A-Za-z_-]{35}\b'
refuse "a token of a forge or a chat" '\b(gh[pousr]_[A-Za-z0-9]{36}|glpa[t]-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{10,})'
refuse "a URL with a password" 'postgres(ql)?://[A-Za-z0-9_]+:[A-Za-z0-9]{20,}@'
refuse "a path of somebody's machine" '(^|[^A-Za-z0-9._~$}/-])/(roo[t]|wor[k]|User[s]/[a-z]+|hom[e]/[a-z]+)/[A-Za-z0-9._]'

exit "$found"
