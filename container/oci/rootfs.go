package oci

import (
	"errors"
	"fmt"
	"path"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// rootFS is a configuration's root file system, which becomes a list of operations.
type rootFS struct {
	spec       *specs.Spec
	plan       *lifecycle.Plan
	options    Options
	operations []wire.Operation
	sealed     []wire.Operation // what makes mounts read-only when all is made in them
	early      int              // how many operations have FlagEarly
}

// operations tells plan how init makes the root file system: its root is at plan.Rootfs, and
// its namespaces and process are there already.
func operations(s *specs.Spec, plan *lifecycle.Plan, options Options) error {
	if s.Linux == nil {
		s.Linux = new(specs.Linux)
	}
	r := &rootFS{spec: s, plan: plan, options: options}
	propagation, err := r.rootPropagation()
	if err != nil {
		return err
	}
	plan.Message.Slave = propagation&(unix.MS_PRIVATE|unix.MS_UNBINDABLE) == 0
	for _, part := range []func() error{r.addRoot, r.addMounts, r.addNotify, r.addDevices, r.addHooks, r.addWorkingDir, r.addPaths, r.addPivot} {
		if err := part(); err != nil {
			return errors.Join(err, closeFiles(plan))
		}
	}
	plan.Message.Operations = r.operations
	return nil
}

func (r *rootFS) add(operations ...wire.Operation) {
	r.operations = append(r.operations, operations...)
}

// addRoot mounts the root on itself, where hooks look for it.
func (r *rootFS) addRoot() error {
	r.add(wire.Operation{
		Kind: wire.OpRoot, Flags: wire.FlagInPlace | wire.FlagRecursive, Source: r.plan.Rootfs,
		Mount: unix.MS_PRIVATE,
	})
	return nil
}

// rootPropagation is linux.rootfsPropagation, 0 for none.
func (r *rootFS) rootPropagation() (uint64, error) {
	name := r.spec.Linux.RootfsPropagation
	if name == "" {
		return 0, nil
	}
	propagation, isOne := propagations()[name]
	if !isOne {
		return 0, fmt.Errorf("linux.rootfsPropagation: rootfsPropagation=%s is not supported", utils.Shortened(name))
	}
	return propagation, nil
}

// addWorkingDir makes the working directory where it is missing, as runc does: nobody above makes
// that of an image. Where it cannot be made, whoever enters it tells.
func (r *rootFS) addWorkingDir() error {
	if dir := path.Clean(r.spec.Process.Cwd); dir != "/" {
		r.add(wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagMake | wire.FlagIfThere, Path: dir, Mode: 0o755})
	}
	return nil
}

// addPivot ends the list.
func (r *rootFS) addPivot() error {
	r.add(r.sealed...)
	if r.spec.Root.Readonly {
		r.add(wire.Operation{Kind: wire.OpSealRoot, Mount: unix.MS_RDONLY})
	}
	propagation, err := r.rootPropagation()
	if err != nil {
		return err
	}
	o := wire.Operation{Kind: wire.OpPivot, Path: "/"}
	if !r.plan.Namespaces.IsNew(specs.MountNamespace) {
		return r.addChroot(o, propagation)
	}
	if propagation&(unix.MS_SHARED|unix.MS_UNBINDABLE) != 0 {
		o.Mount = propagation
	}
	if r.options.NoPivot {
		if propagation&unix.MS_PRIVATE != 0 {
			return errors.New("linux.rootfsPropagation: rootfsPropagation of [r]private is not safe without pivot_root")
		}
		o.Flags |= wire.FlagMoveRoot
	}
	r.add(o)
	return nil
}

// addChroot ends the list where the mount namespace is others' as well: their root stays theirs.
func (r *rootFS) addChroot(o wire.Operation, propagation uint64) error {
	if propagation != 0 {
		return errors.New("linux.rootfsPropagation: it would change the mounts of others, for there is no new mount namespace")
	}
	r.plan.Message.OthersMounts = !r.plan.Namespaces.Has(specs.MountNamespace)
	o.Flags |= wire.FlagChroot
	r.add(o)
	return nil
}
