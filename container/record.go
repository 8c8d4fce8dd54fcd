package container

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/running"
)

// keepRecord writes down what has to be known to join the container, while init begins: before the
// command can tell anybody that it runs. Where that cannot be had the run goes on, and exec says why
// it finds nothing.
func (r *run) keepRecord() {
	namespaces := &r.config.Namespaces
	joins := namespaces.Cloned() | namespaces.Unshared()
	if len(r.sent.Cgroups) > 0 {
		joins |= unix.CLONE_NEWCGROUP
	}
	record := &running.Record{
		ID: r.id, Name: r.config.Name, Runner: os.Getpid(), Pid: r.process.Pid(), Joins: uintptr(joins),
		OwnRoot: r.config.Root.Own(), HomeOfUser: !has(r.config.Env, "HOME"), State: r.config.State, Kept: r.config.stays(),
		Cgroups: r.cgroupDirs(), Message: r.wire,
	}
	var err error
	if r.sent.Process.Dir == "" {
		record.Dir, err = os.Getwd()
	}
	if err == nil {
		r.record, err = r.keep(record)
	}
	if err != nil && r.config.Supervised != nil {
		r.log.Warnf("exec will not find this container: %v", err)
		return
	}
	if err != nil {
		r.log.Debugf("exec will not find this container: %v", err)
		return
	}
	r.undo.Add(r.record.Remove)
}

func (r *run) keep(record *running.Record) (*running.Kept, error) {
	if s := r.config.Supervised; s != nil {
		return running.KeepIn(s.Container.Dir, record)
	}
	return running.Keep(record)
}

// clearRecords removes those of runs that were killed.
func (r *run) clearRecords() {
	if r.record == nil {
		return
	}
	if err := r.record.Clear(); err != nil {
		r.log.Debugf("clear the records of runs that were killed: %v", err)
	}
}

// beginRecord has exec join the container, in which all is as the command has it from now on.
func (r *run) beginRecord() {
	if r.record == nil {
		return
	}
	if err := r.record.Begin(); err != nil {
		r.log.Debugf("exec will not find this container: %v", err)
	}
}

// cgroupDirs are the directories of the container's cgroups by the kernel's names of the controllers
// on v1; that of v2 is "".
func (r *run) cgroupDirs() map[string]string {
	dirs := map[string]string{}
	for name, directory := range r.cgroups.ByController() {
		if directory.Version == subsystems.V2 {
			dirs[""] = directory.Dir
		} else {
			dirs[subsystems.V1.NameOf(name)] = directory.Dir
		}
	}
	return dirs
}
