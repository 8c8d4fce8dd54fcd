package overlay

import (
	"fmt"
	"strings"
)

// maxOptions is how long the options of a mount(2) may be: a page, with the NUL behind them.
const maxOptions = 4095

// plainOptions make the upper directory alone the change: no file in it stands for the
// data of another (metacopy), no directory for one of another name (redirect_dir). Marks
// of both in a lower are not obeyed either, which other people's files might bear. Without
// an index there are no names in the work directory that have to stay with the upper one.
const plainOptions = "index=off,metacopy=off,redirect_dir=nofollow"

// mountOptions are the options of one overlay. The lowers count from the first down.
type mountOptions struct {
	lowers      []string
	upper, work string // "" for none
	userXattr   bool   // in a user namespace, where trusted.* cannot be set
	volatile    bool   // the upper directory is thrown away: nothing waits for the disk (Linux 5.10)
}

func (o *mountOptions) String() string {
	lowers := make([]string, 0, len(o.lowers))
	for _, lower := range o.lowers {
		lowers = append(lowers, escape(lower))
	}
	text := "lowerdir=" + strings.Join(lowers, ":")
	if o.upper != "" {
		text += ",upperdir=" + escape(o.upper) + ",workdir=" + escape(o.work)
	}
	text += "," + plainOptions
	if o.userXattr {
		text += ",userxattr"
	}
	if o.volatile && o.upper != "" {
		text += ",volatile"
	}
	return text
}

// text is the same for mount(2), if it can be handed over.
func (o *mountOptions) text(path string) (string, error) {
	text := o.String()
	if len(text) > maxOptions {
		return "", fmt.Errorf("overlay over %s: its path and that of the changes are too long together", path)
	}
	return text, nil
}

// escape has overlayfs take a path as it is: a comma ends an option, a colon a lower.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `:`, `\:`).Replace(path)
}
