package state

import "path/filepath"

// Variable names the environment variable that names the directory of mydocker's state.
const Variable = "MYDOCKER_STATE"

// Directory is where mydocker keeps images and what runs write: /var/lib/mydocker for
// root, and for others mydocker in the directory of their data (XDG base directories).
func Directory(uid int, home string, getenv func(string) string) string {
	if dir := getenv(Variable); dir != "" {
		full, err := filepath.Abs(dir)
		if err != nil {
			return dir // refused as no absolute path
		}
		return full
	}
	switch data := getenv("XDG_DATA_HOME"); {
	case uid == 0:
		return "/var/lib/mydocker"
	case filepath.IsAbs(data):
		return filepath.Join(data, "mydocker")
	case home != "":
		return filepath.Join(home, ".local/share/mydocker")
	}
	return ""
}
