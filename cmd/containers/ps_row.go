package containers

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
)

// containerRow is a container. The fields are Docker's and ours, in the order of the JSON.
type containerRow struct {
	CPUTime, Command, CreatedAt, Error, ExitCode, Health, ID, Image, Labels, Limits, LocalVolumes, Mounts, Names, Networks, OOMKills,
	PeakMemory, Pid, Ports, Reason, RestartCount, RunningFor, Size, State, Status, StoppedBy string

	labels map[string]string
}

// Label is the value of a label.
func (r containerRow) Label(name string) string { return r.labels[name] }

func containerHeader() table.Header {
	return table.Header{
		"CPUTime": "CPU TIME", "Command": "COMMAND", "CreatedAt": "CREATED AT", "Error": "ERROR", "ExitCode": "EXIT CODE", "Health": "HEALTH",
		"ID": "CONTAINER ID", "Image": "IMAGE", "Labels": "LABELS", "Limits": "LIMITS", "LocalVolumes": "LOCAL VOLUMES", "Mounts": "MOUNTS",
		"Names": "NAMES", "Networks": "NETWORKS", "OOMKills": "OOM KILLS", "PeakMemory": "PEAK MEMORY", "Pid": "PID", "Ports": "PORTS",
		"Reason": "REASON", "RestartCount": "RESTARTS", "RunningFor": "CREATED", "Size": "SIZE", "State": "STATE", "Status": "STATUS",
		"StoppedBy": "STOPPED BY",
	}
}

// rowForm says how containers are told of.
type rowForm struct {
	dir, boot string
	now       time.Time
	// whole leaves nothing out. sizes, specs and used say what is looked up, which takes its time.
	whole, sizes, specs, used bool
	images                    map[image.Digest]int64 // the sizes of those that were looked up
}

func (f *rowForm) row(l *state.Listed) containerRow {
	r := containerRow{
		ID: l.ID, Names: l.Name, Image: imageOf(l), Command: commandOf(l, f.whole),
		CreatedAt: table.At(l.Created), RunningFor: table.Since(l.Created, f.now),
		State: string(l.Now()), Status: statusOf(l, f.boot, f.now), Health: l.HealthStatus,
		Labels: labelsOf(l.Config.Labels), labels: l.Config.Labels,
		Error: l.Error, Reason: l.Reason, StoppedBy: l.StoppedBy, RestartCount: strconv.Itoa(l.Restarts), Size: "0B", LocalVolumes: strconv.Itoa(len(l.Volumes)),
	}
	if isUp(l.Now()) && l.Pid > 0 {
		r.Pid = strconv.Itoa(l.Pid)
	}
	if l.Exited != nil {
		r.ExitCode = strconv.Itoa(l.ExitCode)
	}
	if f.specs {
		f.addSpec(&r, l)
	}
	addUsage(&r, f.usage(l))
	if f.sizes {
		r.Size = f.size(l)
	}
	return r
}

// addSpec tells what was asked for.
func (f *rowForm) addSpec(r *containerRow, l *state.Listed) {
	const most = 15
	s := specOf(l)
	var names []string
	for _, m := range mountsOf(f.dir, l, s) {
		name := cmp.Or(m.Name, m.Source)
		if !f.whole {
			name = table.Ellipsis(name, most)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	r.Mounts, r.Networks = strings.Join(names, ","), networkOf(s)
	if s != nil && s.Resources != nil {
		r.Limits = limitsAsked(s.Resources)
	}
}

// usage is what a container has used: in its last run, or if that is asked for and it runs, so far.
func (f *rowForm) usage(l *state.Listed) *state.Usage {
	if !f.used {
		return l.Usage
	}
	used, err := usedSoFar(l)
	if used == nil || err != nil {
		return l.Usage
	}
	return used
}

// addUsage tells what a container has used, as far as the kernel has counted it.
func addUsage(r *containerRow, u *state.Usage) {
	if u == nil {
		return
	}
	if u.CPUTimeUsec != nil {
		r.CPUTime = (time.Duration(*u.CPUTimeUsec) * time.Microsecond).Round(time.Millisecond).String()
	}
	if u.PeakMemory != nil {
		r.PeakMemory = table.Memory(*u.PeakMemory)
	}
	if u.OOMKills != nil {
		r.OOMKills = strconv.FormatInt(*u.OOMKills, 10)
	}
	if limits := limitsOf(u); limits != "" {
		r.Limits = limits
	}
}

// limitsOf are the limits that were in force, as flags of run ask for them.
func limitsOf(u *state.Usage) string {
	var limits []string
	if u.MemoryLimit != nil {
		limits = append(limits, "memory="+table.Memory(*u.MemoryLimit))
	}
	if u.CPULimit != nil {
		limits = append(limits, "cpus="+cpusText(*u.CPULimit))
	}
	if u.CPUs != nil {
		limits = append(limits, "cpuset-cpus="+*u.CPUs)
	}
	if u.PidsLimit != nil {
		limits = append(limits, "pids-limit="+strconv.FormatInt(*u.PidsLimit, 10))
	}
	return strings.Join(limits, " ")
}

// size is what a container has written to its root, and behind that with its image.
func (f *rowForm) size(l *state.Listed) string {
	written := writtenBy(l.Path)
	if l.Manifest == "" {
		return table.Size(written)
	}
	whole, is := f.images[l.Manifest]
	if !is {
		if f.images == nil {
			f.images = map[image.Digest]int64{}
		}
		whole = imageSize(f.dir, l.Manifest)
		f.images[l.Manifest] = whole
	}
	return fmt.Sprintf("%s (virtual %s)", table.Size(written), table.Size(whole+written))
}

// imageSize is what an image takes, 0 where that cannot be told.
func imageSize(dir string, manifest image.Digest) int64 {
	record, err := image.LayoutIn(dir).ReadRecord(manifest)
	if err != nil {
		return 0
	}
	return record.Size
}

// labelsOf are all labels in one text.
func labelsOf(labels map[string]string) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		texts = append(texts, name+"="+labels[name])
	}
	return strings.Join(texts, ",")
}

// commandOf is what was executed, in quotes as in Docker.
func commandOf(l *state.Listed, whole bool) string {
	words := l.Command()
	for i, word := range words {
		if i > 0 && strings.Contains(word, " ") {
			words[i] = "'" + word + "'"
		}
	}
	text := strings.Join(words, " ")
	if !whole {
		const most = 20
		text = table.Ellipsis(text, most)
	}
	return strconv.Quote(text)
}

// imageOf is the name by which a container's image was named, or the beginning of an id. What has
// the host's root is of none.
func imageOf(l *state.Listed) string {
	if digest, err := image.ParseDigest(l.Image); err == nil {
		return digest.Short()
	}
	if l.Image == "" {
		return "-"
	}
	return l.Image
}
