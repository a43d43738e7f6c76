#!/usr/bin/env bash
# A cluster on this machine to try pipelines on: kind, a registry beside it, Argo Workflows, the chart, and an example.
# `make kind-up` calls it; docs/kind.md tells of each step. What is there already is left as it is, so that it can be
# called again. It needs Docker, and the commands kind, kubectl, helm and runnable.
set -euo pipefail
cd "$(dirname "$0")"

cluster=runnable
registry=runnable-registry registry_port=${REGISTRY_PORT:-5001}
namespace=pipelines
argo_version=${ARGO_VERSION:-v4.1.2}
argo_manifest=${ARGO_MANIFEST:-https://github.com/argoproj/argo-workflows/releases/download/$argo_version/install.yaml}
example=examples/06-parallel/parallel.py

say() { printf '\n== %s\n' "$*" >&2; }

for command in docker kind kubectl helm runnable; do
  command -v "$command" >/dev/null || { echo "kind-up.sh needs the command $command" >&2; exit 2; }
done

say "a registry on this machine: localhost:$registry_port"
if [ "$(docker inspect -f '{{.State.Running}}' "$registry" 2>/dev/null || true)" != true ]; then
  docker start "$registry" 2>/dev/null \
    || docker run -d --restart unless-stopped --name "$registry" -p "127.0.0.1:$registry_port:5000" registry:2
fi

say "the cluster $cluster"
kind get clusters 2>/dev/null | grep -qx "$cluster" || kind create cluster --config kind-config.yaml --wait 2m
kubectl config use-context "kind-$cluster"

say "nodes pull images of localhost:$registry_port from the registry beside them"
docker network connect kind "$registry" 2>/dev/null || true # it is connected already
for node in $(kind get nodes --name "$cluster"); do
  docker exec "$node" mkdir -p "/etc/containerd/certs.d/localhost:$registry_port"
  printf '[host."http://%s:5000"]\n' "$registry" \
    | docker exec -i "$node" tee "/etc/containerd/certs.d/localhost:$registry_port/hosts.toml" >/dev/null
done

say "Argo Workflows $argo_version"
kubectl create namespace argo --dry-run=client -o yaml | kubectl apply -f -
kubectl apply --server-side --force-conflicts -n argo -f "$argo_manifest"
kubectl -n argo patch service argo-server \
  -p '{"spec": {"type": "NodePort", "ports": [{"name": "web", "port": 2746, "targetPort": 2746, "nodePort": 32746}]}}'
kubectl -n argo rollout status deployment/workflow-controller --timeout 5m

say "the namespace $namespace, which admits restricted pods only, with the chart"
kubectl create namespace "$namespace" --dry-run=client -o yaml | kubectl apply -f -
kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted --overwrite
helm upgrade --install pipelines helm/runnable --namespace "$namespace" --wait

say "the image of the examples"
image=$(runnable image build --file examples/Dockerfile --name "localhost:$registry_port/runnable-examples" --push)

say "an example: $example"
runnable submit "$example" --image "$image" -c examples/configs/argo-account.yaml -n "$namespace" --watch
