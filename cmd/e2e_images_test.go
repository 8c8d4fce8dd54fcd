package cmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mydocker/mydocker/container/image/imagetest"
)

const busyboxImageUsage = "busybox-image [-f docker-archive|oci-archive|oci-dir] [-add DIR]... [-layers N] " +
	"[-config JSON] [-platform OS/ARCH[/VARIANT]] [-platforms P,P...] [-gzip] FILE [NAME...]"

// cmdBusyboxImage is "busybox-image [OPTION...] FILE [NAME...]": FILE becomes an archive with
// an image whose lowest layer is what busybox-root makes. Its Cmd is sh, and its Env the
// usual PATH.
//
//	-f FORMAT       docker-archive (what is without -f), oci-archive, or oci-dir: FILE is a directory
//	-add DIR        what is in DIR is one more layer; ".wh.NAME" deletes NAME, ".wh..wh..opq"
//	                makes its directory opaque
//	-layers N       N more layers, each with a file: /layer1 with the content "layer1"
//	-config JSON    more of the configuration's "config": {"User":"nobody"}
//	-platform P     the image is for that platform: linux/arm64/v8
//	-platforms P,P  one index with an image for each platform (oci-archive, oci-dir); the file
//	                /platform says which
//	-gzip           the layers are compressed (oci-archive, oci-dir)
//
// Names are as they stand in an archive: example.com/busybox:latest.
func cmdBusyboxImage(ts *testscript.TestScript, args []string) {
	options := readImageOptions(ts, args)
	root := ts.MkAbs(filepath.Base(options.file) + ".root")
	makeBusyboxRoot(ts, staticBusybox(ts), root)
	layers := [][]byte{directoryLayer(ts, root)}
	ts.Check(os.RemoveAll(root))
	for _, dir := range options.dirs {
		layers = append(layers, directoryLayer(ts, ts.MkAbs(dir)))
	}
	for i := range options.layers {
		name := fmt.Sprintf("layer%d", i+1)
		layers = append(layers, entriesLayer(ts, imagetest.File(name, name+"\n")))
	}
	var images []*imagetest.Image
	for _, platform := range options.platforms {
		image := &imagetest.Image{Names: options.names, Config: options.config, Layers: layers, Gzip: options.gzip}
		if len(options.platforms) > 1 {
			image.Layers = append(layers[:len(layers):len(layers)], entriesLayer(ts, imagetest.File("platform", platform+"\n")))
		}
		words := append(strings.Split(platform, "/"), "", "", "")
		image.OS, image.Architecture, image.Variant = words[0], words[1], words[2]
		images = append(images, image)
	}
	writeImages(ts, options, images)
}

type imageOptions struct {
	format    string
	dirs      []string
	layers    int
	config    map[string]any
	platforms []string
	gzip      bool
	file      string
	names     []string
}

func readImageOptions(ts *testscript.TestScript, args []string) *imageOptions {
	options := &imageOptions{format: "docker-archive", platforms: []string{""}, config: map[string]any{
		"Cmd": []string{"sh"},
		"Env": []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	}}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		option := args[0]
		if args = args[1:]; option == "-gzip" {
			options.gzip = true
			continue
		}
		needs(ts, args, 1, busyboxImageUsage)
		switch value := args[0]; option {
		case "-f":
			options.format = value
		case "-add":
			options.dirs = append(options.dirs, value)
		case "-layers":
			_, err := fmt.Sscan(value, &options.layers)
			ts.Check(err)
		case "-config":
			ts.Check(json.Unmarshal([]byte(value), &options.config))
		case "-platform", "-platforms":
			options.platforms = strings.Split(value, ",")
		default:
			ts.Fatalf("usage: %s", busyboxImageUsage)
		}
		args = args[1:]
	}
	needs(ts, args, 1, busyboxImageUsage)
	options.file, options.names = ts.MkAbs(args[0]), args[1:]
	return options
}

// writeImages writes images in the format that was asked for.
func writeImages(ts *testscript.TestScript, options *imageOptions, images []*imagetest.Image) {
	form := imagetest.OCILayout
	if options.format == "docker-archive" {
		form = imagetest.DockerArchive
	}
	files, err := form(images...)
	ts.Check(err)
	if options.format == "oci-dir" {
		for _, file := range files {
			name := filepath.Join(options.file, file.Name)
			ts.Check(os.MkdirAll(filepath.Dir(name), 0o755))
			ts.Check(os.WriteFile(name, []byte(file.Content), 0o644))
		}
		return
	}
	ts.Check(os.WriteFile(options.file, entriesLayer(ts, files...), 0o644))
}

func directoryLayer(ts *testscript.TestScript, dir string) []byte {
	entries, err := imagetest.Directory(dir)
	ts.Check(err)
	return entriesLayer(ts, entries...)
}

func entriesLayer(ts *testscript.TestScript, entries ...imagetest.Entry) []byte {
	archive, err := imagetest.Tar(entries...)
	ts.Check(err)
	return archive
}

// cmdBesideDocker is "beside-docker COMMAND...": the command runs beside a Docker daemon of
// its own, see scripts/docker-daemon.sh.
func cmdBesideDocker(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, "beside-docker COMMAND...")
	script, err := filepath.Abs("../scripts/docker-daemon.sh")
	ts.Check(err)
	cache, err := os.UserCacheDir() // and not the script's
	ts.Check(err)
	// The path of a socket may not be long.
	command := append([]string{"XDG_CACHE_HOME=" + cache, "TMPDIR=/tmp", script}, args...)
	ts.Check(ts.Exec("env", command...))
}
