package security

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// DefaultRules are the devices that a container may use, as runc has it: nodes of any
// kind may be made, but only of these few, which show nothing of the host, is there any
// use. The terminals are those of the container's own devpts, as others cannot be opened.
func DefaultRules() []spec.DeviceRule {
	rules := []spec.DeviceRule{
		{Type: 'c', Major: spec.AnyDevice, Minor: spec.AnyDevice, Access: "m"},
		{Type: 'b', Major: spec.AnyDevice, Minor: spec.AnyDevice, Access: "m"},
	}
	for _, number := range [][2]int64{
		{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, // null, zero, full, random, urandom
		{5, 0}, {5, 2}, {136, spec.AnyDevice}, // tty, ptmx, pts/N; console is one of these, or none
		{10, 200}, // net/tun, of which CAP_NET_ADMIN is asked
	} {
		rules = append(rules, spec.DeviceRule{Type: 'c', Major: number[0], Minor: number[1], Access: "rwm"})
	}
	return rules
}

// Node is a device of the host that the container gets.
type Node struct {
	// Source is where it is on the host, without links, Target where in the container.
	Source, Target string
	// Mode is its type and permissions, Device its number.
	Mode     uint32
	Device   uint64
	UID, GID uint32
	// Access is spec.Device's.
	Access string
}

// FindDevices looks at the devices that were asked for. As in Docker a link stands for
// what it leads to, and a directory for the devices in it. Of two at the same place the
// last counts.
func FindDevices(devices []spec.Device) (nodes []Node, err error) {
	for _, device := range devices {
		found, err := findDevice(&device)
		if err != nil {
			return nil, fmt.Errorf("--device %s: %w", device.Source, err)
		}
		for _, node := range found {
			if node.Target == "/dev/ptmx" { // the container's own
				continue
			}
			nodes = slices.DeleteFunc(nodes, func(other Node) bool { return other.Target == node.Target })
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}

func findDevice(device *spec.Device) ([]Node, error) {
	source, err := utils.RealPath(device.Source)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil, errors.New("error gathering device information: there is no such file")
	}
	if err != nil {
		return nil, fmt.Errorf("error gathering device information: %w", err)
	}
	var status unix.Stat_t
	if err := unix.Lstat(source, &status); err != nil {
		return nil, err
	}
	if status.Mode&unix.S_IFMT != unix.S_IFDIR {
		if !isDevice(&status) {
			return nil, errors.New("not a device node")
		}
		return []Node{newNode(source, device.Target, device.Access, &status)}, nil
	}
	nodes, err := findBelow(source, device)
	if err == nil && len(nodes) == 0 {
		err = errors.New("no device node is in that directory")
	}
	return nodes, err
}

// findBelow finds the devices in a directory, but for those that each container has for
// itself.
func findBelow(top string, device *spec.Device) (nodes []Node, err error) {
	err = filepath.WalkDir(top, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, os.ErrNotExist): // it has gone meanwhile
			return nil
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{"pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev"}, entry.Name()):
			return filepath.SkipDir
		case slices.Contains([]string{"console", "ptmx"}, entry.Name()):
			return nil
		case entry.Type()&fs.ModeDevice == 0 && !entry.Type().IsRegular(): // a device may be bound to a file
			return nil
		}
		var status unix.Stat_t
		if err := unix.Lstat(file, &status); err == nil && isDevice(&status) {
			nodes = append(nodes, newNode(file, path.Join(device.Target, strings.TrimPrefix(file, top)), device.Access, &status))
		}
		return nil
	})
	return nodes, err
}

func isDevice(status *unix.Stat_t) bool {
	kind := status.Mode & unix.S_IFMT
	return kind == unix.S_IFCHR || kind == unix.S_IFBLK
}

func newNode(source, target, access string, status *unix.Stat_t) Node {
	return Node{
		Source: source, Target: target, Access: access,
		Mode: status.Mode, Device: status.Rdev, UID: status.Uid, GID: status.Gid,
	}
}

// Rules are all devices that the command may use.
func Rules(s *spec.Security, nodes []Node) []spec.DeviceRule {
	rules := DefaultRules()
	for _, node := range nodes {
		rule := spec.DeviceRule{
			Type: 'c', Major: int64(unix.Major(node.Device)), Minor: int64(unix.Minor(node.Device)), Access: inOrder(node.Access), Asked: true,
		}
		if node.Mode&unix.S_IFMT == unix.S_IFBLK {
			rule.Type = 'b'
		}
		rules = append(rules, rule)
	}
	return append(rules, s.DeviceRules...)
}

// inOrder is an access as a DeviceRule has it.
func inOrder(access string) (ordered string) {
	for _, letter := range "rwm" {
		if strings.ContainsRune(access, letter) {
			ordered += string(letter)
		}
	}
	return ordered
}

// ownDirectory holds the nodes in init's tmpfs that are bound to other places than /dev.
const ownDirectory = "/devices"

// Operations make the nodes: in /dev, which is in init's tmpfs, or there and bound to
// their places. In a user namespace, where nobody can make one, they are the host's.
func Operations(nodes []Node, userNamespace bool) (operations []wire.Operation) {
	made := map[string]bool{"/dev": true}
	makeDirectory := func(dir string) {
		operations = append(operations, wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagInTmpfs, Path: dir, Mode: 0o755})
	}
	for n, node := range nodes {
		if userNamespace {
			operations = append(operations, wire.Operation{
				Kind: wire.OpBind, Flags: wire.FlagMake, Mount: unix.MS_NOSUID | unix.MS_NOEXEC, Source: node.Source, Path: node.Target,
			})
			continue
		}
		place := node.Target
		if !inDev(place) {
			place = fmt.Sprintf("%s/%d", ownDirectory, n)
		}
		for _, dir := range parents(place) {
			if !made[dir] {
				makeDirectory(dir)
			}
			made[dir] = true
		}
		operations = append(operations, wire.Operation{
			Kind: wire.OpNode, Flags: wire.FlagInTmpfs, Path: place, Mode: node.Mode, Device: node.Device,
			Data: fmt.Sprintf("%x %x ", node.UID, node.GID),
		})
		if place != node.Target {
			operations = append(operations, wire.Operation{
				Kind: wire.OpBind, Flags: wire.FlagFromTmpfs | wire.FlagMake, Mount: unix.MS_NOSUID | unix.MS_NOEXEC, Source: place, Path: node.Target,
			})
		}
	}
	return operations
}

// inDev reports whether a path is in /dev, and in none of the file systems below it.
func inDev(file string) bool {
	below, is := strings.CutPrefix(file, "/dev/")
	first, _, _ := strings.Cut(below, "/")
	return is && !slices.Contains([]string{"pts", "shm", "mqueue"}, first)
}

// parents are the directories above a file, from the top down.
func parents(file string) (dirs []string) {
	for dir := path.Dir(file); dir != "/"; dir = path.Dir(dir) {
		dirs = append([]string{dir}, dirs...)
	}
	return dirs
}
