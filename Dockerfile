# One image for every program of the project: which one runs is the container's command.
ARG IMAGE_PREFIX=
FROM ${IMAGE_PREFIX}node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npx tsc -p tsconfig.build.json && npm prune --omit=dev --no-audit --no-fund

FROM ${IMAGE_PREFIX}node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The gateway simulator keeps its ledger here; a volume takes over the owner.
RUN install -d -o node -g node /var/lib/gateway
USER node
# Node is the container's first process and gets its signals; SIGTERM drains.
ENTRYPOINT ["node", "--max-old-space-size=128", "--max-semi-space-size=8", "--enable-source-maps"]
