#!/bin/sh
# Looks up today's digest of each pinned image's tag, and writes it into the files that name the image (make pin-images).
set -eu
cd "$(dirname "$0")/.."
docker=${DOCKER:-docker}
grep --no-filename --only-matching --extended-regexp '[a-z0-9./-]+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}' \
    Dockerfile docker-compose.yml | sort --unique |
while read -r pinned; do
    image=${pinned%@*}
    digest=$("$docker" buildx imagetools inspect "$image" --format '{{.Manifest.Digest}}')
    case $digest in
        sha256:????????????????????????????????????????????????????????????????) ;;
        *) echo "✗ $image: no digest, but '$digest'" >&2; exit 1 ;;
    esac
    if [ "$pinned" = "$image@$digest" ]; then echo "$image: still ${digest}"; continue; fi
    for file in Dockerfile docker-compose.yml; do
        sed "s|$pinned|$image@$digest|g" "$file" > "$file.new" && cat "$file.new" > "$file" && rm "$file.new"
    done
    echo "$image: now $digest"
done
