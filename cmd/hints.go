package cmd

import (
	"slices"
	"strings"
)

// hint is what to do instead of what names say, which spaces separate.
type hint struct{ names, text string }

// insteadOfImage is such a text for a command that was not found, as in
// "mydocker run alpine sh", or "". What is known is the names of images in the store.
func insteadOfImage(command string, known func(name string) bool) string {
	if known(command) {
		return "an image has that name: mydocker run --image " + command + " runs it; the first word is the command"
	}
	name, tag, _ := strings.Cut(command, ":")
	if tag != "" {
		name = "image"
	}
	return find(name, []hint{
		{"image alpine ubuntu debian busybox fedora centos archlinux rockylinux hello-world nginx redis postgres mysql",
			"the first word is the command, and an image is named by --image: mydocker run --image " + command + " sh"},
	})
}

func find(name string, hints []hint) string {
	for _, h := range hints {
		if slices.Contains(strings.Fields(h.names), name) {
			return h.text
		}
	}
	return ""
}
