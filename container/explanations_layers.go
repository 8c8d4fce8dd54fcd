package container

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/utils"
)

// explainLayers tells of the directories for what is written. For a script they are known
// already.
func (r *run) explainLayers() []explain.Action {
	root := &r.config.Root
	if r.config.Image != nil {
		return r.explainImageLayers()
	}
	if !root.Layered() {
		return nil
	}
	actions := []explain.Action{{
		Kernel: `read("/proc/self/mountinfo", ...)`,
		Why:    "Overlayfs shows one file system, and no mounts in it: each mount of the host gets an overlay of its own.",
		Shell:  "cat /proc/self/mountinfo",
		Use:    explain.AsIs,
	}}
	if !root.Overlay || root.ReadOnly {
		return actions
	}
	shell := "mkdir -p UPPER WORK"
	store, layers := r.view.Layers()
	if store != "" {
		shell = r.makingLayers(layers)
	}
	name := "0"
	if root.Changes == "" {
		name = r.id
	}
	actions = append(actions, explain.Action{
		Kernel:   fmt.Sprintf("mkdirat(..., %q, 0700)", name),
		Why:      "What the container writes is kept apart from the host's files, in the upper directory of each overlay.",
		Shell:    shell,
		Use:      explain.Piece,
		Position: explain.Before,
	}, explain.Action{
		Kernel: "flock(..., LOCK_EX...)",
		Why:    "The directory is in use for as long as mydocker lives: the kernel drops the lock, however it ends.",
		Shell:  "flock " + explain.Quote(path.Join(store, "lock")) + " COMMAND",
		Use:    explain.Piece,
	})
	if root.Changes == "" && store != "" {
		actions = append(actions, explain.Action{
			Why:      "The changes are thrown away.",
			Shell:    "rm -rf " + explain.Quote(store),
			Position: explain.After, Live: true,
		})
	}
	return actions
}

// makingLayers are the shell's commands. An overlay's root has the mode and the owner that
// its upper directory has.
func (r *run) makingLayers(layers map[string]string) string {
	var commands []string
	for _, layer := range slices.Sorted(maps.Keys(layers)) {
		upper, host := explain.Quote(layer+"/upper"), explain.Quote(layers[layer])
		commands = append(commands, "mkdir -p "+upper+" "+explain.Quote(layer+"/work"), `chmod "$(stat -c %a `+host+`)" `+upper)
		if r.userNamespace == nil {
			commands = append(commands, `chown "$(stat -c %u:%g `+host+`)" `+upper)
		}
	}
	return strings.Join(commands, " && ")
}

// explainHidden tells what is hidden, when it is known.
func (r *run) explainHidden() []explain.Action {
	if r.view == nil || len(r.view.Hidden) == 0 {
		return nil
	}
	return []explain.Action{{
		Kernel: fmt.Sprintf("stat(%q, ...)", r.view.Hidden[0]),
		Why: "Hidden from the command, for they are secrets, or mydocker's own: " + utils.OneLine(strings.Join(r.view.Hidden, ", ")) +
			". --hide none shows them.",
		Shell: "ls -ld " + explain.QuoteAll(r.view.Hidden),
		Use:   explain.AsIs,
	}}
}
