"""The objects of Argo's and Kubernetes' APIs that a manifest is made of, as plain JSON with typed fields."""
