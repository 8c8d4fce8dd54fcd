// Package registry pulls images from registries and pushes them there (distribution-spec).
package registry
