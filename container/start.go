package container

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/utils"
)

// startInit clones init from inside the container's cgroups, so that it is
// born there: no instruction of it runs without the limits, and no process has
// to be moved, for which the kernel would wait 5 to 25 ms (an RCU grace
// period).
func (r *run) startInit() error {
	if err := r.startInV2(); err != nil {
		return err
	}
	if err := r.cgroups.Join(r.process.Pid()); err != nil {
		return err
	}
	if err := r.setAffinity(); err != nil {
		return err
	}
	if err := r.view.Started(r.process.Pid()); err != nil {
		return err
	}
	r.info("process placed", logrus.Fields{"pid": r.process.Pid(), "cgroups": r.cgroups.Dirs()})
	return nil
}

// startInV2 has the kernel put the child into the v2 cgroup, where there is
// one, by CLONE_INTO_CGROUP (Linux 5.7). An older kernel, or a seccomp filter
// that does not know clone3, leaves the slow way; init waits for the command
// meanwhile. An init that there is already is not started again, whatever else failed.
func (r *run) startInV2() (err error) {
	dir := r.cgroups.V2Dir()
	if dir == "" {
		return r.start(-1)
	}
	fd, err := utils.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	err = r.start(fd)
	if r.process.Pid() == 0 && initproc.LacksIntoCgroup(err) {
		if err = r.start(-1); err == nil {
			err = r.cgroups.Apply(r.process.Pid())
		}
	}
	return errors.Join(err, unix.Close(fd))
}

func (r *run) start(cgroup int) error {
	migrations, err := r.cgroups.Migrations()
	if err != nil {
		return err
	}
	migrated, err := r.process.Start(r.cloner, migrations, cgroup, r.prepareMessage)
	for _, migration := range migrations[:migrated] {
		migration.Entered()
	}
	if r.teller != nil && migrated == len(migrations) {
		r.teller.Tell(r.explainClone(cgroup >= 0))
		r.teller.Tell(r.explainClonedInit()...)
	}
	for _, migration := range slices.Backward(migrations[:migrated]) {
		migration.Returned()
	}
	if migrated == len(migrations) {
		return err
	}
	if err := r.cgroups.LeaveOut(&migrations[migrated], err); err != nil {
		return err
	}
	if err := r.checkTime(); err != nil {
		return err
	}
	return r.start(cgroup)
}

// mapUsers gives init's user namespace its users, for which init waits like for
// all else.
func (r *run) mapUsers() error {
	if r.userNamespace == nil {
		return nil
	}
	leftOut, err := r.userNamespace.Write(r.process.Pid())
	if leftOut != nil && err == nil && r.image != nil {
		return fmt.Errorf("the image's files belong to subordinate ids, which cannot be had: %w; mydocker doctor tells what helps", leftOut)
	}
	if leftOut != nil && err == nil {
		r.log.Warnf("the subordinate ids are left out, the container has but the caller's: %v; mydocker doctor tells what helps", leftOut)
	}
	return err
}

// sendCommand lets init go on: the limits are in force, and mydocker's thread
// is no longer in the container's cgroups.
func (r *run) sendCommand() error {
	if err := r.signals.Watch(); err != nil {
		return err
	}
	r.goOnAtLimits()
	r.info("command sent", logrus.Fields{"command": r.config.Command})
	if r.userNamespace != nil { // only now it is known who is in it
		r.prepareMessage()
	}
	if r.wire == nil {
		return errors.New("a value holds a NUL byte, which would make another setting of what is behind it")
	}
	r.keepRecord()
	return r.process.Send(r.sent, r.wire)
}

// prepareMessage marshals the message to init, while another thread clones it.
func (r *run) prepareMessage() {
	r.sent = r.message()
	r.wire = r.sent.Marshal()
}
