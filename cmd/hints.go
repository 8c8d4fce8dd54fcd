package cmd

import (
	"slices"
	"strings"
)

// hint is what to do instead of something that Docker has and mydocker has not.
type hint struct{ names, text string }

const noImages = "there are no images: the command sees the host's file system"

// insteadOfFlag is such a text for a flag, or "".
func insteadOfFlag(name string) string {
	if len(name) > 1 && strings.Trim(name, "dit") == "" && strings.Contains(name, "d") {
		name = "d" // -dit
	}
	return find(name, []hint{
		{"rm", "a container is always removed at its end"},
		{"d detach", "there is no daemon; put a shell's & behind the command, or nohup before it"},
		{"v volume mount volumes-from tmpfs", "there are no volumes: the command sees the host's file system"},
		{"p publish P publish-all expose", "no ports are forwarded; --network host is the host's network"},
		{"entrypoint", "there are no images that have one: the first word that is no flag is the command"},
		{"privileged cap-add cap-drop security-opt", "the command has the caller's capabilities; --user or --userns private give it fewer"},
		{"device gpus", "the command sees the host's /dev"},
		{"restart", "there is no daemon; a loop of the shell or a service manager starts it again"},
		{"pull platform", noImages},
		{"a attach", "stdout and stderr are always attached; -i passes stdin on"},
	})
}

// insteadOfCommand is such a text for a command, or "".
func insteadOfCommand(name string) string {
	return find(name, []hint{
		{"pull push build image images rmi commit save load import export tag login", noImages},
		{"exec attach", "run with --pidfile, and then nsenter --all --target PID enters the container"},
		{"stop kill", "a signal to mydocker reaches the command: kill PID"},
		{"ps container stats top inspect", "there is no daemon that keeps a list; ps shows mydocker and the commands"},
		{"create start restart rm", "a container begins with run and is removed at its end"},
		{"logs", "the output is mydocker's own; > FILE keeps it"},
		{"volume", "there are no volumes: the command sees the host's file system"},
		{"network port", "a container has a loopback device alone, or with --network host the host's network"},
		{"info", "mydocker doctor tells of this host"},
	})
}

// insteadOfImage is such a text for a command that was not found, as in
// "mydocker run alpine sh", or "".
func insteadOfImage(command string) string {
	image, tag, _ := strings.Cut(command, ":")
	if tag != "" {
		image = "image"
	}
	return find(image, []hint{
		{"image alpine ubuntu debian busybox fedora centos archlinux rockylinux hello-world nginx redis postgres mysql",
			"there are no images; the first word is the command, as in mydocker run sh"},
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
