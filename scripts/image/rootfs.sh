#!/bin/sh
# rootfs.sh FOLDER PROGRAM...: makes FOLDER the root of a final image: the programs, the shared libraries they load, CA
# certificates, time zones and a user without rights. Runs inside a build stage that has all of these.
set -eu
root=$1
shift

mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/etc/ssl/certs" "$root/usr/share" "$root/tmp"
# Debian merged /bin and /lib into /usr; a program is looked for under both names.
ln -s usr/bin "$root/bin"
ln -s usr/lib "$root/lib"
mkdir -p "$root/usr/lib64"
ln -s usr/lib64 "$root/lib64"
chmod 1777 "$root/tmp"

for program in "$@"; do
  install -m 755 "$program" "$root/usr/bin/"
  # ldd prints "name => path (address)", and the loader as a bare path.
  ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// {print $1}'
done | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp --dereference "$library" "$root$library"
done

cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
# Without the two copies that Debian keeps with and without leap seconds.
tar -C /usr/share --exclude=zoneinfo/right --exclude=zoneinfo/posix -cf - zoneinfo | tar -C "$root/usr/share" -xf -
printf 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\nnogroup:x:65534:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
