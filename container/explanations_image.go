package container

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/utils"
)

// explainImage tells that the image is in use.
func (r *run) explainImage() []explain.Action {
	i := r.config.Image
	if i == nil {
		return nil
	}
	record := i.Layout().Record(i.Manifest.Digest)
	return []explain.Action{{
		Kernel: fmt.Sprintf("flock(open(%q, O_RDONLY), LOCK_SH)", record),
		Why: "The image " + r.config.Root.Image + " is in use: nothing of it is removed for as long as mydocker lives. " +
			"The record says what layers it has, and how its maker wants it to be run.",
		Shell: "flock -s " + explain.Quote(record) + " COMMAND",
		Use:   explain.Piece,
	}}
}

// explainImageLayers shows the stack that overlayfs makes the root of: the layers, from below,
// and the directory over them that is written to.
func (r *run) explainImageLayers() (actions []explain.Action) {
	i := r.config.Image
	variant, err := r.variant()
	if err != nil {
		return nil
	}
	for n := range i.Layers {
		layer := &i.Layers[n]
		dir := i.Layout().Layer(layer.Key(), variant)
		actions = append(actions, explain.Action{
			Kernel: fmt.Sprintf("lstat(%q, ...)", dir),
			Why:    fmt.Sprintf("Layer %d of %d, from below: sha256:%s, %s. %s", n+1, len(i.Layers), layer.DiffID.Short(), bytes(layer.Size), whiteouts(dir, variant)),
			Shell:  "ls -la " + explain.Quote(dir),
			Use:    explain.AsIs,
		})
	}
	return append(actions, r.explainUpper()...)
}

// whiteouts tells what a layer deletes of those below it.
func whiteouts(dir string, variant image.Variant) string {
	const shown = 5
	deleted, opaque, err := layers.Deleted(dir, variant.UserXattr())
	if err != nil {
		return "Not all of it can be looked at: " + utils.ErrorLine(err) + "."
	}
	text := "It deletes nothing of what is below it."
	if len(deleted) > 0 {
		text = "Of what is below it, it deletes " + some(deleted, shown) + " (whiteouts)."
	}
	if len(opaque) > 0 {
		text += " It replaces all that is in " + some(opaque, shown) + " (opaque directories)."
	}
	return text
}

// some are the first of a list, in words.
func some(names []string, most int) string {
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return utils.OneLine(strings.Join(names, ", ")) + more
}

// bytes is a size as Docker writes it.
func bytes(size int64) string {
	value, unit := float64(size), 0
	units := []string{"B", "kB", "MB", "GB", "TB", "PB", "EB"}
	for ; value >= 1000 && unit < len(units)-1; unit++ {
		value /= 1000
	}
	return fmt.Sprintf("%.3g%s", value, units[unit])
}

// explainUpper tells where what is written goes.
func (r *run) explainUpper() []explain.Action {
	root := &r.config.Root
	if root.ReadOnly && (r.image == nil || len(r.image.Volumes) == 0) {
		return nil
	}
	name, shell := r.id, "mkdir -p UPPER WORK"
	store := ""
	if r.view != nil {
		var dirs map[string]string
		if store, dirs = r.view.Layers(); store != "" {
			shell = r.makingImageLayers(dirs)
		}
	}
	actions := []explain.Action{{
		Kernel:   fmt.Sprintf("mkdirat(..., %q, 0700)", name),
		Why:      "What the container writes lies over the layers, which stay as they are: all containers of the image share them.",
		Shell:    shell,
		Use:      explain.Piece,
		Position: explain.Before,
	}}
	if !r.config.stays() && store != "" {
		actions = append(actions, explain.Action{
			Why:      "The changes are thrown away.",
			Shell:    "rm -rf " + explain.Quote(store),
			Position: explain.After, Live: true,
		})
	}
	return actions
}

// makingImageLayers are the shell's commands. An overlay's root has the mode and the owner that
// its upper directory has.
func (r *run) makingImageLayers(dirs map[string]string) string {
	var commands []string
	for _, dir := range slices.Sorted(maps.Keys(dirs)) {
		upper := explain.Quote(dir + "/upper")
		commands = append(commands, "mkdir -p "+upper+" "+explain.Quote(dir+"/work"))
		if top := dirs[dir]; top != "" {
			commands = append(commands, `chmod "$(stat -c %a `+explain.Quote(top)+`)" `+upper)
		}
	}
	return strings.Join(commands, " && ")
}
