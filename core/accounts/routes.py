"""The addresses of the account pages. Public ones are those that people without an account or session need."""

from core.accounts.views import email, password, profile, sessions, sign_in, sign_up, tokens
from core.http import Route
from core.permissions import SIGNED_IN

site_routes = (
    Route("GET", "/sign-in", sign_in.show, "sign_in", public=True),
    Route("POST", "/sign-in", sign_in.create, "sign_in.create", public=True),
    Route("POST", "/sign-out", sign_in.delete, "sign_out", public=True),
    Route("GET", "/sign-up", sign_up.show, "sign_up", public=True),
    Route("POST", "/sign-up", sign_up.create, "sign_up.create", public=True),
    Route("GET", "/sign-up/{token}", sign_up.edit, "sign_up.edit", public=True),
    Route("POST", "/sign-up/{token}", sign_up.update, "sign_up.update", public=True),
    Route("GET", "/first-operator/{token}", sign_up.new_operator, "first_operator", public=True),
    Route("POST", "/first-operator/{token}", sign_up.create_operator, "first_operator.create", public=True),
    Route("GET", "/reset-password", password.new_reset, "reset", public=True),
    Route("POST", "/reset-password", password.create_reset, "reset.create", public=True),
    Route("GET", "/reset-password/{token}", password.edit_reset, "reset.edit", public=True),
    Route("POST", "/reset-password/{token}", password.update_reset, "reset.update", public=True),
    Route("GET", "/account/", profile.show, "profile", SIGNED_IN),
    Route("POST", "/account/", profile.update, "profile.update", SIGNED_IN),
    Route("POST", "/account/photo", profile.upload_photo, "photo.update", SIGNED_IN, streams=True),
    Route("POST", "/account/photo/delete", profile.delete_photo, "photo.delete", SIGNED_IN),
    Route("GET", "/account/proof", sign_in.ask_proof, "proof", SIGNED_IN),
    Route("POST", "/account/proof", sign_in.give_proof, "proof.create", SIGNED_IN),
    Route("GET", "/account/email", email.edit, "email", SIGNED_IN),
    Route("POST", "/account/email", email.update, "email.update", SIGNED_IN),
    Route("GET", "/account/email/{token}", email.show_confirmation, "email.confirm", SIGNED_IN),
    Route("POST", "/account/email/{token}", email.confirm, "email.confirm.create", SIGNED_IN),
    Route("GET", "/account/password", password.edit, "password", SIGNED_IN),
    Route("POST", "/account/password", password.update, "password.update", SIGNED_IN),
    Route("GET", "/account/sessions", sessions.index, "sessions", SIGNED_IN),
    Route("POST", "/account/sessions/others/delete", sessions.delete_others, "sessions.delete_others", SIGNED_IN),
    Route("POST", "/account/sessions/{id:int}/delete", sessions.delete, "sessions.delete", SIGNED_IN),
    Route("GET", "/account/tokens", tokens.index, "tokens", SIGNED_IN),
    Route("POST", "/account/tokens", tokens.create, "tokens.create", SIGNED_IN),
    Route("POST", "/account/tokens/{id:int}/delete", tokens.delete, "tokens.delete", SIGNED_IN),
    Route("GET", "/account/feeds", tokens.show_feeds, "feeds", SIGNED_IN),
    Route("POST", "/account/feeds/delete", tokens.delete_feeds, "feeds.delete", SIGNED_IN),
    Route("GET", "/photos/{handle}", profile.photo, "photo", SIGNED_IN),
)
