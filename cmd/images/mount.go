package images

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/mount"
	"github.com/mydocker/mydocker/container/image/store"
)

func mountCommand() *cli.Command {
	return &cli.Command{
		Name: "mount", Usage: "mount an image read-only, and print where; without one list the mounts",
		UsageText: "mydocker image mount [IMAGE]",
		Description: "As root. An image that is mounted is not removed. Its devices are none, and its set-user-ID bits do nothing; " +
			"the mount goes with image unmount, or the next boot.",
		Metadata: command.Takes(1, nameWords),
		Action:   mountAction,
	}
}

func mountAction(ctx context.Context, c *cli.Command) error {
	switch {
	case c.NArg() > 1:
		return command.TooMany(c, 1)
	case c.NArg() == 0:
		return listMounts(c)
	case os.Geteuid() != 0:
		return errors.New("image mount: only root may mount an image on the host; mydocker run --image IMAGE shows its files to everybody, and mydocker image tree IMAGE lists its layers")
	}
	return withImage(c, func(s *store.Store, state string, opened *image.Image) error {
		path, err := mount.Mount(state, opened)
		if errors.Is(err, fs.ErrNotExist) { // it was pulled for others
			if _, err = ingest.Unpack(ctx, s, &opened.Record, &ingest.Options{}); err == nil {
				path, err = mount.Mount(state, opened)
			}
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(command.Output(c), path)
		return err
	})
}

// listMounts lists what is mounted, by all of its names.
func listMounts(c *cli.Command) error {
	all, state, damaged := listImages(c)
	mounted, err := mount.Mounted(state)
	if err != nil {
		return errors.Join(damaged, err)
	}
	for i := range all {
		if !slices.Contains(mounted, all[i].Manifest.Digest) {
			continue
		}
		path := mount.Path(state, all[i].Manifest.Digest)
		for _, name := range all[i].Names {
			if _, err := fmt.Fprintln(command.Output(c), name.Familiar()+" "+path); err != nil {
				return err
			}
		}
		if len(all[i].Names) == 0 {
			if _, err := fmt.Fprintln(command.Output(c), all[i].ID().Short()+" "+path); err != nil {
				return err
			}
		}
	}
	return damaged
}

func unmountCommand() *cli.Command {
	return &cli.Command{
		Name: "unmount", Aliases: []string{"umount"}, Usage: "end the mounts of images",
		UsageText: "mydocker image unmount [options] [IMAGE...]",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "of all images"},
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "also where a program uses a file in it; the mount goes with the last of those"},
		},
		Metadata: command.Takes(-1, nameWords),
		Action:   unmountAction,
	}
}

func unmountAction(_ context.Context, c *cli.Command) error {
	if c.Bool("all") != (c.NArg() == 0) {
		return exit.Usage(c.Name + ": it needs images, or --all")
	}
	state, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	var failed []error
	if c.Bool("all") {
		mounted, err := mount.Mounted(state)
		failed = append(failed, err)
		for _, manifest := range mounted {
			failed = append(failed, unmount(c, state, manifest))
		}
	}
	for _, name := range c.Args().Slice() {
		opened, err := image.Open(state, name)
		if err == nil {
			err = errors.Join(unmount(c, state, opened.Manifest.Digest), opened.Close())
		}
		failed = append(failed, err)
	}
	return exit.Failed(failed...)
}

// unmount ends the mount of an image, and prints its id as podman does.
func unmount(c *cli.Command, state string, manifest image.Digest) error {
	record, err := image.LayoutIn(state).ReadRecord(manifest)
	if err != nil {
		return err
	}
	err = mount.Unmount(state, manifest, c.Bool("force"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("image %s is not mounted", record.ID().Short())
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%w: a program uses a file in it, or stands there; --force does not wait for that", err)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintln(command.Output(c), record.ID().Hex())
	return err
}
