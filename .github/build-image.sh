#!/usr/bin/env bash
# Builds an image of the Dockerfile, on the base image that its tag means now: .github/build-image.sh worker job-worker
# The digest of the base is asked of its registry, and is a label of the image.
set -euo pipefail
target=$1 image=$2 examples=${3:-false}

base=$(sed -n 's/^FROM \(node:[^$ ]*\).*/\1/p' Dockerfile | head -n 1)
digest=$(docker buildx imagetools inspect --format '{{json .Manifest.Digest}}' "$base" | tr -d '"')
if [[ ! $digest =~ ^sha256:[0-9a-f]{64}$ ]]; then
  echo "the registry has named no digest of $base: $digest" >&2
  exit 1
fi
echo "$target on $base@$digest"
docker build --platform linux/arm64 --target "$target" --tag "$image" \
  --build-arg "NODE_DIGEST=$digest" --build-arg "EXAMPLES=$examples" \
  --label "org.opencontainers.image.base.name=$base" --label "org.opencontainers.image.base.digest=$digest" .
