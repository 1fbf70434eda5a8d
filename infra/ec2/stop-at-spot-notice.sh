#!/bin/sh
# EC2 tells of an interruption two minutes before, in the instance's metadata (IMDSv2), and answers 404 until then.
set -eu
imds=${IMDS:-http://169.254.169.254}
while true; do
  token=$(curl -sf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$imds/latest/api/token") || token=
  if curl -sf -m 2 -o /dev/null -H "X-aws-ec2-metadata-token: $token" "$imds/latest/meta-data/spot/instance-action"; then
    exec systemctl stop job-worker
  fi
  sleep "${SECONDS_BETWEEN:-5}"
done
