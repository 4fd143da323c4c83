# The base image is an argument, so that the build works wherever Node.js images are to be had.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs its scripts here; those of the development's own Node.js would fetch a second one.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY --from=build /app/dist ./dist
# It writes nothing to disk and needs no rights on its node.
USER 65532:65532
EXPOSE 8080 8081
# Node itself is the first process: a shell before it would keep SIGTERM to itself.
ENTRYPOINT ["node", "dist/main.js"]
