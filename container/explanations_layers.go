package container

import (
	"fmt"
	"path"
	"strings"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/utils"
)

// explainLayers tells of the directories for what is written. For a script they are known
// already.
func (r *run) explainLayers() []explain.Action {
	root := &r.config.Root
	if !root.Overlay && !root.OfHost() {
		return nil
	}
	actions := []explain.Action{{
		Kernel: `read("/proc/self/mountinfo", ...)`,
		Why:    "Overlayfs shows one file system, and no mounts in it: each mount of the host gets an overlay of its own.",
		Shell:  "cat /proc/self/mountinfo",
		Use:    explain.AsIs,
	}}
	if !root.Overlay || root.ReadOnly && root.Changes == "" {
		return actions
	}
	shell := "mkdir -p UPPER WORK"
	store, directories := r.view.Directories()
	if store != "" {
		shell = "mkdir -p " + explain.QuoteAll(directories)
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
