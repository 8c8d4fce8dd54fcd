//go:build !amd64

package main

// addForeign adds nothing: such a machine has one kind of calls.
func addForeign(map[string]func() error) {}
