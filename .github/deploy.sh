#!/usr/bin/env bash
# Deploys the stage $STAGE, with credentials of AWS, and asks whether it works: the API, and then everything that `jobctl doctor`
# knows. With IMAGE_TARGET (worker, worker-ffmpeg) the stage has worker servers on Fargate, and their image is made before.
set -euo pipefail
parameters=()

if [ -n "${IMAGE_TARGET:-}" ]; then
  account=$(aws sts get-caller-identity --query Account --output text)
  registry=$account.dkr.ecr.$AWS_REGION.amazonaws.com
  repository=job-worker-$STAGE tag=$(git rev-parse HEAD)
  image=$registry/$repository:$tag
  # A commit has one image: what is deployed again, as for a rollback, runs what it ran before.
  found=$(aws ecr list-images --repository-name "$repository" --query "imageIds[?imageTag=='$tag'].imageTag" --output text)
  if [ -z "$found" ]; then
    aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
    .github/build-image.sh "$IMAGE_TARGET" "$image" "${IMAGE_EXAMPLES:-false}"
    docker push "$image"
  fi
  parameters+=(--param="servers=fargate" --param="serversImage=$image")
fi

npx sls deploy --stage "$STAGE" ${parameters[@]+"${parameters[@]}"}

api=$(aws cloudformation describe-stacks --stack-name "job-worker-$STAGE" --output text \
  --query "Stacks[0].Outputs[?OutputKey=='HttpApiUrl'].OutputValue")
curl --fail --silent --show-error --retry 5 --retry-all-errors "$api/health"
echo

# What a deployment has just changed, such as the mapping of a queue, may need a moment.
for seconds in ${SECONDS_BEFORE_LOOKS:-0 30 60}; do
  sleep "$seconds"
  if npx jobctl doctor --stage "$STAGE"; then exit 0; fi
done
exit 1
