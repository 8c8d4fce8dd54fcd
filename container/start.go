package container

import (
	"fmt"
	"slices"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/container/wire"
)

// startInit clones init from inside the container's cgroups, so that it is
// born there: no instruction of it runs without the limits, and no process has
// to be moved, for which the kernel would wait 5 to 25 ms (an RCU grace
// period).
func (r *run) startInit() error {
	if err := r.process.StartIn(r.cgroups.V2Dir(), r.start, r.cgroups.Apply); err != nil {
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
	if err := r.followMounts(); err != nil {
		return err
	}
	if r.userNamespace != nil { // only now it is known who is in it
		r.prepareMessage()
	}
	if r.wire == nil {
		return wire.ErrNUL
	}
	r.keepRecord()
	return r.process.Send(r.sent, r.wire)
}

// prepareMessage marshals the message to init, while another thread clones it.
func (r *run) prepareMessage() {
	r.sent = r.message()
	r.wire = r.sent.Marshal()
}
