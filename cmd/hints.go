package cmd

import (
	"slices"
	"strings"
)

// hint is what to do instead of what names say, which spaces separate.
type hint struct{ names, text string }

// insteadOfImage is such a text for a command that was not found, as in
// "mydocker run alpine sh", or "".
func insteadOfImage(command string) string {
	image, tag, _ := strings.Cut(command, ":")
	if tag != "" {
		image = "image"
	}
	return find(image, []hint{
		{"image alpine ubuntu debian busybox fedora centos archlinux rockylinux hello-world nginx redis postgres mysql",
			"the first word is the command, and an image is named by --image: mydocker run --image alpine sh"},
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
