# The image of a worker server (docs/servers.md):
#   docker build --platform linux/arm64 --target worker -t job-worker .
# The target worker-ffmpeg has ffmpeg, for job types that run it.

# Which image that tag is: --build-arg NODE_DIGEST=sha256:... (.github/workflows/deploy.yml asks the registry). Without it, what the
# tag means now.
ARG NODE_DIGEST
FROM node:24-slim${NODE_DIGEST:+@$NODE_DIGEST} AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --no-audit --no-fund
# All that .dockerignore leaves.
COPY . .
# For a stage with the samples: --build-arg EXAMPLES=true
ARG EXAMPLES=false
RUN npm run build:server -- --examples=$EXAMPLES

FROM node:24-slim${NODE_DIGEST:+@$NODE_DIGEST} AS worker
# An init hands signals on and collects processes that have lost their parent: those of jobs that were killed.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/dist ./dist
ENV NODE_ENV=production HEALTH_PORT=8080
EXPOSE 8080
# Nothing else needs to be written to. ECS gives a volume the rights that the folder has here.
VOLUME ["/tmp"]
USER node
HEALTHCHECK --interval=30s --timeout=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.HEALTH_PORT + '/live').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "dist/server/main.mjs"]

FROM worker AS worker-ffmpeg
USER root
RUN apt-get update \
  && apt-get install -y --no-install-recommends ffmpeg \
  && rm -rf /var/lib/apt/lists/*
USER node
