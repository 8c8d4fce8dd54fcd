package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The program that the scripts attack_*.txtar put into a container: testdata/attack. It
// is $ATTACK, and attackVar names it where there is no Go tool chain.
const (
	attackName = "attack"
	attackVar  = "ATTACK_BINARY"
)

// provideAttack puts the program among those in bin.
func provideAttack(t *testing.T, bin string) {
	program := filepath.Join(bin, attackName)
	if prebuilt := os.Getenv(attackVar); prebuilt != "" {
		if err := os.Symlink(prebuilt, program); err != nil {
			t.Fatal(err)
		}
		return
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./testdata/attack")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // no library is in the container
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the attacks: %v\n%s", err, output)
	}
}
