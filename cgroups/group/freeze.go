package group

import (
	"errors"
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// freezer is where it is frozen: on v1 where the host has that.
func (g *Group) freezer() (subsystems.Version, string, error) {
	version, dir := g.controller("freezer")
	if dir == "" {
		return version, "", errors.New("the container has no cgroup that can be frozen; mydocker doctor tells what limits and cgroups this user can have")
	}
	return version, dir, nil
}

// Freeze returns when all that is in it has stopped. If that cannot be had it is thawed again.
func (g *Group) Freeze() error {
	version, dir, err := g.freezer()
	if err != nil {
		return err
	}
	if version == subsystems.V1 {
		return freezeV1(dir)
	}
	if err := utils.WriteFile(dir+"/cgroup.freeze", "1"); err != nil {
		return needsFreezer(err)
	}
	frozen, err := await(dir, "frozen", "1")
	if err == nil && !frozen {
		err = fmt.Errorf("the processes of %s do not freeze", dir)
	}
	if err != nil {
		return errors.Join(err, utils.WriteFile(dir+"/cgroup.freeze", "0"))
	}
	return nil
}

// freezeV1 asks again while the state is FREEZING: a process that was forked or moved in meanwhile
// is not frozen otherwise, and one that waits for another in a way that the freezer cannot interrupt is
// helped by a moment of thaw.
func freezeV1(dir string) error {
	file := dir + "/freezer.state"
	var limit wait
	for attempt := 1; ; attempt++ {
		if err := utils.WriteFile(file, "FROZEN"); err != nil {
			return err
		}
		state, err := utils.ReadFile(file)
		if err != nil || state == "FROZEN" {
			return err
		}
		if attempt%50 == 0 {
			if err := thawV1(dir); err != nil {
				return err
			}
		}
		if !limit.pause() {
			return errors.Join(fmt.Errorf("the processes of %s do not freeze", dir), thawV1(dir))
		}
	}
}

func thawV1(dir string) error { return utils.WriteFile(dir+"/freezer.state", "THAWED") }

// Thaw is the reverse of Freeze.
func (g *Group) Thaw() error {
	version, dir, err := g.freezer()
	if err != nil {
		return err
	}
	if version == subsystems.V1 {
		return thawV1(dir)
	}
	if err := utils.WriteFile(dir+"/cgroup.freeze", "0"); err != nil {
		return needsFreezer(err)
	}
	thawed, err := await(dir, "frozen", "0")
	if err == nil && !thawed {
		err = fmt.Errorf("the processes of %s do not thaw: is a cgroup above frozen?", dir)
	}
	return err
}

func needsFreezer(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return &subsystems.NeedsError{Err: err, Needs: "Linux 5.2, or the v1 freezer"}
	}
	return err
}

// Frozen reports whether it is frozen, or a cgroup above it.
func (g *Group) Frozen() (bool, error) {
	version, dir, err := g.freezer()
	if err != nil {
		return false, nil
	}
	return isFrozen(version, dir)
}

func isFrozen(version subsystems.Version, dir string) (bool, error) {
	file := dir + "/freezer.state"
	if version == subsystems.V1 {
		state, err := utils.ReadFile(file)
		return state == "FROZEN" || state == "FREEZING", utils.Ignore(err, unix.ENOENT, unix.ENODEV)
	}
	own, err := utils.ReadFile(dir + "/cgroup.freeze")
	if err != nil || own == "1" {
		return own == "1", utils.Ignore(err, unix.ENOENT, unix.ENODEV)
	}
	return aboveIsFrozen(dir)
}

// aboveIsFrozen looks at the cgroups above a v2 one: an empty cgroup below a frozen one does not say so itself.
func aboveIsFrozen(dir string) (bool, error) {
	for at := path.Dir(dir); ; at = path.Dir(at) {
		own, err := utils.ReadFile(at + "/cgroup.freeze")
		if err != nil || own == "1" { // the root has no such file
			return own == "1", utils.Ignore(err, unix.ENOENT, unix.ENODEV)
		}
	}
}
