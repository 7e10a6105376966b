#!/usr/bin/env bash
# A TPU slice from its creation to its end; see README.md.
set -euo pipefail
PROJECT=my-project                    # EDIT
ZONE=us-west4-a                       # EDIT
SLICE=jssl                            # EDIT
TYPE=v5litepod-256                    # EDIT: v5e, 16x16
BUCKET=my-bucket                      # EDIT: in the same region
REPOSITORY=https://example.com/jssl   # EDIT

everywhere() {
  gcloud compute tpus tpu-vm ssh "$SLICE" --project "$PROJECT" --zone "$ZONE" --worker=all --command="$1"
}

case "${1:-}" in
  create)
    gcloud compute tpus queued-resources create "$SLICE" --project "$PROJECT" --zone "$ZONE" --node-id "$SLICE" \
      --accelerator-type "$TYPE" --runtime-version v2-alpha-tpuv5-lite --spot
    ;;
  install)
    # The image's own Python is older than 3.11.
    everywhere "pip3 install --user uv && git clone '$REPOSITORY' jssl && cd jssl && ~/.local/bin/uv venv --python 3.12 \\
      && ~/.local/bin/uv pip install '.[tpu]'"
    everywhere "sudo apt-get install -y gcsfuse && mkdir -p runs && gcsfuse --implicit-dirs '$BUCKET' runs"
    ;;
  run)
    everywhere "cd jssl && .venv/bin/python -m launch.pretrain --distributed --config='${2:?a config}' --workdir=\$HOME/runs/'${3:?a name}'"
    ;;
  delete)
    gcloud compute tpus queued-resources delete "$SLICE" --project "$PROJECT" --zone "$ZONE" --force --quiet
    ;;
  *)
    echo "usage: $0 create | install | run CONFIG NAME | delete" >&2
    exit 2
    ;;
esac
