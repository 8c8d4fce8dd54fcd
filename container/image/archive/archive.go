// Package archive reads and writes images as files: docker-archive, OCI archive, OCI image
// layout, and the plain archive of a root.
package archive
