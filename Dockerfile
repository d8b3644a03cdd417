# syntax=docker/dockerfile:1

# The image holds one static program, the certificates to call the API with and
# the time zones; no shell, nothing to write to, and a user without rights. Run it
# with a read-only root file system.
#
#   docker build --build-arg VERSION="$(git describe --tags --always)" -t octoq .

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download
COPY . .
ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS="$TARGETOS" GOARCH="$TARGETARCH" \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/octoq ./cmd/octoq

FROM gcr.io/distroless/static-debian12
ARG VERSION=dev
LABEL org.opencontainers.image.title="octoq" \
      org.opencontainers.image.description="SMS campaigns through Octopush, each at most once and none lost" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /out/octoq /octoq
# A number, so that orchestrators can see that it is not root.
USER 65532:65532
ENTRYPOINT ["/octoq"]
CMD ["help"]
