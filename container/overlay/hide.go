package overlay

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// What is hidden by default lets somebody in elsewhere, or says who the host's users are
// and what they did: nothing that a run needs, and all that a thief wants.

// hostSecrets are the host's own. A "*" stands for any name, as in path.Match.
func hostSecrets() []string {
	return []string{
		"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/security/opasswd",
		"/var/backups/shadow.bak", "/var/backups/gshadow.bak",
		"/etc/ssh/ssh_host_*_key", "/etc/ssl/private", "/etc/pki/tls/private", "/etc/letsencrypt", "/etc/krb5.keytab",
		"/etc/wireguard", "/etc/openvpn", "/etc/ipsec.secrets", "/etc/ppp/*-secrets", "/etc/wpa_supplicant",
		"/etc/NetworkManager/system-connections", "/etc/credstore", "/etc/credstore.encrypted", "/etc/kubernetes", "/etc/rancher",
		"/run/credentials", "/run/secrets", "/run/user", "/run/screen", "/run/tmux",
		"/run/docker.sock", "/run/containerd", "/run/crio", "/run/podman",
		"/var/lib/mydocker", "/var/lib/docker", "/var/lib/containerd", "/var/lib/containers", "/var/lib/kubelet", "/var/lib/rancher", "/var/lib/etcd",
		"/var/lib/sss/db", "/var/lib/sss/secrets", "/var/lib/samba/private", "/var/lib/systemd/credential.secret",
		"/var/lib/systemd/coredump", "/var/crash", "/swapfile", "/swap.img",
	}
}

// userSecrets are in the home of a user.
func userSecrets() []string {
	return []string{
		".local/share/mydocker", ".ssh", ".gnupg", ".pki", ".password-store", ".local/share/keyrings", ".local/share/kwalletd",
		".aws", ".azure", ".oci", ".kube", ".config/gcloud", ".config/doctl", ".config/rclone", ".config/op", ".vault-token",
		".terraform.d/credentials.tfrc.json", ".terraformrc",
		".docker/config.json", ".config/containers/auth.json", ".config/gh", ".config/hub", ".config/glab-cli",
		".netrc", ".git-credentials", ".config/git/credentials", ".npmrc", ".pypirc", ".cargo/credentials", ".cargo/credentials.toml",
		".gem/credentials", ".m2/settings.xml", ".m2/settings-security.xml", ".gradle/gradle.properties",
		".pgpass", ".my.cnf", ".mylogin.cnf", ".Xauthority", ".ICEauthority",
		".mozilla", ".thunderbird", ".config/google-chrome", ".config/chromium", ".config/BraveSoftware", ".config/microsoft-edge",
		".bash_history", ".zsh_history", ".sh_history", ".ash_history", ".local/share/fish/fish_history", ".python_history", ".psql_history",
		".mysql_history", ".sqlite_history", ".rediscli_history", ".node_repl_history", ".irb_history", ".lesshst", ".viminfo",
	}
}

// hiddenPaths are the host's paths that are hidden: they exist, no link is in them, and none
// is in another. Missing are those asked for that do not exist. What is hidden on a file
// system that is mounted elsewhere as well is hidden there, too.
func hiddenPaths(root *spec.Root, mounts []utils.Mount) (hidden, missing []string, err error) {
	var defaults []string
	if !root.HideNoDefaults {
		defaults = defaultSecrets(root)
	}
	// In mydocker's own directories what is hidden would be seen.
	own := slices.DeleteFunc([]string{root.State, root.Changes}, func(name string) bool { return name == "" })
	for n, name := range slices.Concat(root.Hide, defaults, own) {
		found, err := resolve(name)
		switch {
		case err == nil && found != "/":
			hidden = append(hidden, found)
		case err == nil && n < len(root.Hide):
			return nil, nil, fmt.Errorf("--hide %s: it leads to the root itself", name)
		case err == nil:
		case !isOutOfReach(err):
			return nil, nil, err
		case n < len(root.Hide):
			missing = append(missing, name)
		}
	}
	return outermost(elsewhere(hidden, mounts)), missing, nil
}

func resolve(name string) (string, error) {
	if _, err := os.Lstat(name); err != nil { // as for most of them
		return "", err
	}
	return filepath.EvalSymlinks(name)
}

// isOutOfReach tells the errors of a path that leads nowhere, for the caller: then it does
// for the command, too.
func isOutOfReach(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}

// defaultSecrets are paths that may exist.
func defaultSecrets(root *spec.Root) []string {
	var names []string
	for _, pattern := range hostSecrets() {
		names = append(names, expand(pattern)...)
	}
	for _, home := range homes(root.Home) {
		if _, err := os.Lstat(home); err != nil {
			continue
		}
		for _, name := range userSecrets() {
			names = append(names, path.Join(home, name))
		}
	}
	return append(names, root.Secrets...)
}

// expand lists what matches a pattern, which has a "*" in its last component at most.
func expand(pattern string) []string {
	dir, last := path.Split(pattern)
	if !strings.Contains(last, "*") {
		return []string{pattern}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if matched, err := path.Match(last, e.Name()); err == nil && matched {
			names = append(names, dir+e.Name())
		}
	}
	return names
}

// homes are the directories of those who may have secrets in them: the caller's, root's,
// and those of passwd(5).
func homes(callers string) []string {
	list := []string{"/root"}
	if callers != "" && callers != "/" {
		list = append(list, callers)
	}
	if file, err := os.Open("/etc/passwd"); err == nil {
		list = append(list, homesOf(bufio.NewScanner(file))...)
		if file.Close() != nil {
			return list // it was read, which is all that it is for
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// maxHomes bounds how many users are looked after.
const maxHomes = 1000

// homesOf lists the homes of people, and of services that have one of their own: most
// have a directory of the system's, such as /bin.
func homesOf(passwd *bufio.Scanner) (list []string) {
	for passwd.Scan() && len(list) < maxHomes {
		fields := strings.Split(passwd.Text(), ":")
		if len(fields) < 7 || !path.IsAbs(fields[5]) {
			continue
		}
		home := path.Clean(fields[5])
		uid, err := strconv.ParseUint(fields[2], 10, 32)
		isPersons := err == nil && (uid == 0 || uid >= 1000)
		isServices := slices.ContainsFunc([]string{"/home", "/var/lib", "/srv", "/opt"}, func(dir string) bool { return utils.IsBelow(home, dir) })
		if home != "/" && (isPersons || isServices) {
			list = append(list, home)
		}
	}
	return list
}

// elsewhere adds the other paths by which the mounts lead to what is hidden.
func elsewhere(hidden []string, mounts []utils.Mount) []string {
	all := slices.Clone(hidden)
	v := view{mounts: mounts}
	for _, name := range hidden {
		own := v.mountOf(name)
		if own.Device == "" || !path.IsAbs(own.Root) {
			continue
		}
		inFS := path.Join(own.Root, strings.TrimPrefix(name, strings.TrimSuffix(own.Point, "/")))
		for n := range mounts {
			other := &mounts[n]
			switch {
			case other.Device != own.Device || other.Point == own.Point:
			case utils.IsAt(other.Root, inFS): // all of it is hidden
				if other.Point != "/" {
					all = append(all, other.Point)
				}
			case utils.IsBelow(inFS, other.Root):
				there := path.Join(other.Point, strings.TrimPrefix(inFS, strings.TrimSuffix(other.Root, "/")))
				if v.mountOf(there) == other { // and nothing else is mounted over it
					all = append(all, there)
				}
			}
		}
	}
	return all
}

// outermost sorts paths and leaves out those that are in another.
func outermost(names []string) []string {
	slices.SortFunc(names, comparePaths)
	var kept []string
	for _, name := range names {
		if len(kept) == 0 || !utils.IsAt(name, kept[len(kept)-1]) {
			kept = append(kept, name)
		}
	}
	return kept
}
