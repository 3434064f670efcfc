"""Who is signed in: the user of a session, with the clinic that every page needs."""

from django.contrib.auth.backends import ModelBackend

from kapstone.core.people.models import User


class SignedIn(ModelBackend):
    """Django's own backend, which reads user and clinic in one question."""

    def get_user(self, user_id: int) -> User | None:
        """Give the user of a session; none if there is none or they may not sign in."""
        user = User.objects.select_related("clinic").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
