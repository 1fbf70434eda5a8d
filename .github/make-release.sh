#!/usr/bin/env bash
# Makes the files of a release in a folder: .github/make-release.sh v1.2.0 dist/release
set -euo pipefail
tag=$1 into=$2

version=$(node -p "require('./package.json').version")
if [ "$tag" != "v$version" ]; then
  echo "package.json has the version $version, and the tag is $tag" >&2
  exit 1
fi
mkdir -p "$into"
awk -v heading="## $version" '$0 == heading { found = 1; next } /^## / { found = 0 } found' CHANGELOG.md >"$into/notes.md"
if ! grep -q . "$into/notes.md"; then
  echo "CHANGELOG.md says nothing of $version" >&2
  exit 1
fi
npm run licenses -- --into "$into"
npm pack -w @serverless-job-worker/client -w @serverless-job-worker/jobctl --pack-destination "$into"
(cd "$into" && sha256sum ./*.tgz licenses.txt sbom.cdx.json >SHA256SUMS)
